import { MarkupKind } from 'vscode-languageserver';
import { toRange } from '../proto/to-proto.ts';
import { guarded, type Shell } from '../shell.ts';

/** Explains the key or value under the pointer. */
export function registerHover({ connection, core, session, say, host }: Shell): void {
  connection.onHover(
    guarded(connection, 'textDocument/hover', null, async ({ textDocument, position }, token) => {
      const view = await session.view(textDocument.uri, token);
      if (view === undefined) return null;
      const found = core.hover(view.analysis, view.document.offsetAt(position), host.pages);
      if (found === undefined) return null;
      return {
        contents: { kind: MarkupKind.Markdown, value: say(found.markdown) },
        range: toRange(view.document, found.span),
      };
    }),
  );
}
