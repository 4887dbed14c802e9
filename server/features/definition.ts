import type { Location } from 'vscode-languageserver';
import { contains } from '../../src-core/text/span.ts';
import { toRange } from '../proto/to-proto.ts';
import { guarded, type Shell } from '../shell.ts';
import type { FindOptionPage } from './option-pages.ts';
import { writtenNames } from './written-names.ts';

const START = { start: 0, end: 0 };

/** From the name of a config in a command to the config, from an option to its documentation. */
export function registerDefinition(
  { connection, session }: Shell,
  findOptionPage: FindOptionPage,
): void {
  connection.onDefinition(
    guarded(
      connection,
      'textDocument/definition',
      null as Location | null,
      async ({ textDocument, position }, token) => {
        const view = await session.view(textDocument.uri, token);
        if (view === undefined) return null;
        const offset = view.document.offsetAt(position);
        const named = writtenNames(view).find(({ span }) => contains(span, offset));
        if (named === undefined) return findOptionPage(view, offset) ?? null;
        return { uri: named.document.uri, range: toRange(named.document, START) };
      },
    ),
  );
}
