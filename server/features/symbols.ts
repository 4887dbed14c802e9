import { type DocumentSymbol, SymbolKind } from 'vscode-languageserver';
import { cover } from '../../src-core/text/span.ts';
import type { AnalyzedRun } from '../core.ts';
import { toRange } from '../proto/to-proto.ts';
import { guarded, type Shell } from '../shell.ts';
import type { View } from '../view.ts';

/** Longest value shown beside a key. */
const MAX_DETAIL = 60;

function options(view: View, run: AnalyzedRun): DocumentSymbol[] {
  const { document, analysis } = view;
  return run.options.entries
    .filter(({ section, entry }) => view.place(section.file, entry.span) === document)
    .map(({ entry }) => {
      const { start, end } = entry.value.span;
      return {
        name: entry.key === '' ? '?' : entry.key,
        detail: analysis.file.text.slice(start, Math.min(end, start + MAX_DETAIL)),
        kind: SymbolKind.Property,
        range: toRange(document, cover(entry.span, entry.keySpan)),
        selectionRange: toRange(document, entry.keySpan),
      };
    });
}

/** What a command that trains nothing starts with: `swift infer`. */
function headOf({ document }: View, { span }: AnalyzedRun): string {
  const text = document.getText(toRange(document, span));
  return text.replace(/\s+/g, ' ').trim().slice(0, MAX_DETAIL);
}

function runSymbol({ core, say }: Shell, view: View, run: AnalyzedRun): DocumentSymbol {
  const units = run.recognized.sections.filter(
    ({ file, unit }) => view.place(file, unit.span) === view.document,
  );
  const whole = units.map(({ unit }) => unit.span).reduce(cover, run.span);
  return {
    name: (run.trains && say(core.runLine(run.run))) || headOf(view, run) || run.framework,
    kind: SymbolKind.Event,
    range: toRange(view.document, whole),
    selectionRange: toRange(view.document, run.span),
    children: options(view, run),
  };
}

/** The outline: each run with its options. */
export function registerSymbols(shell: Shell): void {
  const { connection, session } = shell;
  connection.onDocumentSymbol(
    guarded(connection, 'textDocument/documentSymbol', [], async ({ textDocument }, token) => {
      const view = await session.view(textDocument.uri, token);
      if (view === undefined) return [];
      return view.analysis.runs
        .filter(({ recognized: { grip } }) => view.place(grip.file, grip.span) === view.document)
        .map((run) => runSymbol(shell, view, run));
    }),
  );
}
