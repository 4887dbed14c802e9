import { MarkupKind } from 'vscode-languageserver';
import { toRange } from '../proto/to-proto.ts';
import { type Sayers, sayersOf } from '../seen.ts';
import { guarded, type Shell } from '../shell.ts';
import type { View } from '../view.ts';

/** The views to ask, each with the path that the document has there: a launch that stands for it first. */
function asked({ own, launches, spoken }: Sayers): readonly (readonly [View, string?])[] {
  const first = spoken ? launches : [];
  const there = first.flatMap((view) =>
    [...view.found].flatMap(([path, one]) =>
      one === view.document ? [[view, path] as const] : [],
    ),
  );
  return own === undefined ? there : [...there, [own]];
}

/** Explains the key or value under the pointer. */
export function registerHover({ connection, core, session, say, host }: Shell): void {
  connection.onHover(
    guarded(connection, 'textDocument/hover', null, async ({ textDocument, position }, token) => {
      for (const [view, path] of asked(await sayersOf(session, textDocument.uri, token))) {
        const { analysis, document } = view;
        const found = core.hover(analysis, document.offsetAt(position), host.pages, path);
        if (found === undefined) continue;
        return {
          contents: { kind: MarkupKind.Markdown, value: say(found.markdown) },
          range: toRange(document, found.span),
        };
      }
      return null;
    }),
  );
}
