import { type DocumentSymbol, SymbolKind } from 'vscode-languageserver';
import type { Entry } from '../../src-core/syntax/document.ts';
import { cover, type Span } from '../../src-core/text/span.ts';
import type { AnalyzedRun } from '../core.ts';
import { toRange } from '../proto/to-proto.ts';
import { guarded, type Shell } from '../shell.ts';
import type { View } from '../view.ts';

/** Longest value shown beside a key. */
const MAX_DETAIL = 60;

interface Option {
  readonly span: Span;
  readonly symbol: DocumentSymbol;
}

/** The options of runs that are written in the document, by their place. */
function optionsOf({ document, analysis, place }: View, runs: readonly AnalyzedRun[]): Option[] {
  const found = new Map<Entry, Option>();
  for (const { entry, section } of runs.flatMap(({ options }) => options.entries)) {
    if (place(section.file, entry.span) !== document) continue;
    const { start, end } = entry.value.span;
    const value = analysis.file.text.slice(start, Math.min(end, start + MAX_DETAIL));
    const span = cover(entry.span, entry.keySpan);
    const symbol = {
      name: entry.key === '' ? '?' : entry.key,
      detail: oneLine(value),
      kind: SymbolKind.Property,
      range: toRange(document, span),
      selectionRange: toRange(document, entry.keySpan),
    };
    found.set(entry, { span, symbol });
  }
  return [...found.values()].sort((a, b) => a.span.start - b.span.start || b.span.end - a.span.end);
}

/** Options that stand within the value of another one are below it. */
function nested(options: readonly Option[]): DocumentSymbol[] {
  const top: DocumentSymbol[] = [];
  const open: Option[] = [];
  for (const one of options) {
    while (open.length > 0 && (open.at(-1)?.span.end ?? 0) < one.span.end) open.pop();
    const around = open.at(-1)?.symbol;
    if (around === undefined) top.push(one.symbol);
    else {
      around.children ??= [];
      around.children.push(one.symbol);
    }
    open.push(one);
  }
  return top;
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** What the symbol of runs that train nothing is called: `swift infer`, `DeepSpeed` for its config. */
function headOf({ document }: View, { span, recognized }: AnalyzedRun): string {
  const { adapter, sections } = recognized;
  if (sections.every(({ unit }) => unit.kind === 'mapping')) return adapter.title;
  return oneLine(document.getText(toRange(document, span))).slice(0, MAX_DETAIL) || adapter.title;
}

/** The runs of one command or config: the training, and the launcher that starts it. */
function runSymbol(
  { core, say }: Shell,
  view: View,
  runs: readonly AnalyzedRun[],
): DocumentSymbol[] {
  const [run] = [...runs].sort((a, b) => Number(b.trains) - Number(a.trains));
  if (run === undefined) return [];
  const units = runs
    .flatMap(({ recognized }) => recognized.sections)
    .filter(({ file, unit }) => view.place(file, unit.span) === view.document)
    .map(({ unit }) => unit.span);
  const options = optionsOf(view, runs);
  const whole = [...units, ...options.map(({ span }) => span)].reduce(cover, run.span);
  return [
    {
      name: (run.trains && say(core.runLine(run.run))) || headOf(view, run),
      kind: SymbolKind.Event,
      range: toRange(view.document, whole),
      selectionRange: toRange(view.document, run.span),
      children: nested(options),
    },
  ];
}

/** The outline: each run with its options. */
export function registerSymbols(shell: Shell): void {
  const { connection, session } = shell;
  connection.onDocumentSymbol(
    guarded(connection, 'textDocument/documentSymbol', [], async ({ textDocument }, token) => {
      const view = await session.view(textDocument.uri, token);
      if (view === undefined) return [];
      const together = new Map<number, AnalyzedRun[]>();
      for (const run of view.analysis.runs) {
        const { grip } = run.recognized;
        if (view.place(grip.file, grip.span) !== view.document) continue;
        const { start } = run.span;
        together.set(start, [...(together.get(start) ?? []), run]);
      }
      return [...together.values()].flatMap((runs) => runSymbol(shell, view, runs));
    }),
  );
}
