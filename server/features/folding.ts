import { type FoldingRange, FoldingRangeKind } from 'vscode-languageserver';
import { guarded, type Shell } from '../shell.ts';
import type { View } from '../view.ts';

/** The lines of a text with what folding asks of each. */
interface Line {
  /** Columns of white space in front; `undefined` for a blank line. */
  readonly indent: number | undefined;
  readonly isComment: boolean;
  /** `# region` opens one, `# endregion` ends it. */
  readonly region: 'opens' | 'ends' | undefined;
}

const TAB = 8;
const REGION = /^\s*#\s*(end|)region\b/;

function readLines(text: string): readonly Line[] {
  return text.split(/\r\n|\r|\n/).map((line) => {
    const blank = /^[ \t]*/.exec(line)?.[0] ?? '';
    const columns = [...blank].reduce(
      (at, each) => (each === '\t' ? at + TAB - (at % TAB) : at + 1),
      0,
    );
    const indent = blank.length === line.length ? undefined : columns;
    const region = REGION.exec(line)?.[1];
    return {
      indent,
      isComment: line.startsWith('#', blank.length),
      region: region === undefined ? undefined : region === '' ? 'opens' : 'ends',
    };
  });
}

/** Blocks as an editor folds them by itself: a line with the deeper ones below it. */
function byIndent(lines: readonly Line[]): FoldingRange[] {
  const found: FoldingRange[] = [];
  const open: { readonly line: number; readonly indent: number }[] = [];
  let last = -1;
  const close = (indent: number) => {
    for (let top = open.at(-1); top !== undefined && top.indent >= indent; top = open.at(-1)) {
      open.pop();
      if (last > top.line) found.push({ startLine: top.line, endLine: last });
    }
  };
  lines.forEach(({ indent }, line) => {
    if (indent === undefined) return;
    close(indent);
    open.push({ line, indent });
    last = line;
  });
  close(0);
  return found;
}

/** Two and more lines of comment in a row. */
function comments(lines: readonly Line[]): FoldingRange[] {
  const found: FoldingRange[] = [];
  let start = 0;
  for (let line = 0; line <= lines.length; line++) {
    if (lines[line]?.isComment) continue;
    if (line - start > 1)
      found.push({ startLine: start, endLine: line - 1, kind: FoldingRangeKind.Comment });
    start = line + 1;
  }
  return found;
}

function regions(lines: readonly Line[]): FoldingRange[] {
  const found: FoldingRange[] = [];
  const open: number[] = [];
  lines.forEach(({ region }, endLine) => {
    if (region === 'opens') open.push(endLine);
    const startLine = region === 'ends' ? open.pop() : undefined;
    if (startLine !== undefined) found.push({ startLine, endLine, kind: FoldingRangeKind.Region });
  });
  return found;
}

/** Every command that goes on over several lines, whichever way those are indented. */
function commands({ document, analysis }: View): FoldingRange[] {
  return (analysis.document?.units ?? [])
    .filter(({ kind }) => kind === 'command')
    .map(({ span }) => ({
      startLine: document.positionAt(span.start).line,
      endLine: document.positionAt(span.end).line,
    }))
    .filter(({ startLine, endLine }) => endLine > startLine);
}

/**
 * The folds of a script. An editor that gets folds makes none of its own, so blocks and comments
 * come along; where several begin in one line, the longest counts.
 */
export function foldsOf(view: View): FoldingRange[] | null {
  if (view.analysis.file.language !== 'shell') return null; // indentation says it all
  const lines = readLines(view.analysis.file.text);
  const longest = new Map<number, FoldingRange>();
  for (const fold of [
    ...commands(view),
    ...byIndent(lines),
    ...comments(lines),
    ...regions(lines),
  ]) {
    const known = longest.get(fold.startLine);
    if (known === undefined || known.endLine < fold.endLine) longest.set(fold.startLine, fold);
  }
  return [...longest.values()].sort((a, b) => a.startLine - b.startLine);
}

/** Folds the continuation lines of commands. */
export function registerFolding({ connection, session }: Shell): void {
  connection.onFoldingRanges(
    guarded(
      connection,
      'textDocument/foldingRange',
      null as FoldingRange[] | null,
      async (params, token) => {
        const view = await session.view(params.textDocument.uri, token);
        return view === undefined ? null : foldsOf(view);
      },
    ),
  );
}
