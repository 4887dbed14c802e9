import type { FileEdits, Finding, Fix } from '../../src-core/finding.ts';
import { applyEdits, sortEdits, type TextEdit } from '../../src-core/text/edit.ts';
import type { FileReport, Report } from './report.ts';
import type { Style } from './style.ts';
import { displayWidth, printable, wrap } from './width.ts';

const MOST_LINES = 4;

/** The fix that stands for a finding: the first that a flag applies, else the first way of several. */
export function mainFix({ fixes }: Finding): Fix | undefined {
  return fixes.find(({ safety }) => safety !== 'suggestion') ?? fixes[0];
}

/** What the fixes of a finding would do: the main one as the lines it changes, others by title. */
export function fixLines(
  finding: Finding,
  file: FileReport,
  report: Report,
  style: Style,
): readonly string[] {
  const first = mainFix(finding);
  if (first === undefined) return [];
  const others = finding.fixes.filter((fix) => fix !== first);
  const preview = first.files.flatMap((part) => changedLines(part, file, report));
  return [
    ...titled('fix', `${first.title} (${howTo(first)})`, style),
    ...preview.slice(0, MOST_LINES * 2).map((line) => `        ${painted(line, style)}`),
    ...others.flatMap((fix) => titled('or', fix.title, style)),
  ];
}

function titled(word: string, title: string, style: Style): readonly string[] {
  const indent = ' '.repeat(8 + word.length);
  return wrap(title, style.columns - indent.length).map((line, i) =>
    i === 0 ? `    ${style.dim('=')} ${style.good(word)}: ${line}` : indent + line,
  );
}

function howTo({ safety }: Fix): string {
  if (safety === 'safe') return '--fix';
  return safety === 'unsafe' ? '--fix-unsafe: it changes the training' : 'one way of several';
}

function painted(line: string, style: Style): string {
  const room = style.columns - 8;
  const cut = displayWidth(line) > room ? `${[...line].slice(0, room - 1).join('')}…` : line;
  return cut.startsWith('+') ? style.good(cut) : style.dim(cut);
}

/** The lines that the edits touch, before (`-`) and after (`+`). */
function changedLines(part: FileEdits, file: FileReport, report: Report): readonly string[] {
  const text = report.sources.get(part.file)?.text ?? file.text;
  const sorted = sortEdits(part.edits);
  if (sorted === undefined) return [];
  return groupByLines(text, sorted).flatMap(({ start, end, edits }) => {
    const before = text.slice(start, end);
    const moved = edits.map((edit) => ({
      span: { start: edit.span.start - start, end: edit.span.end - start },
      text: edit.text,
    }));
    const removed = linesOf(before);
    const added = linesOf(applyEdits(before, moved));
    return [
      ...removed.filter((line) => !added.includes(line)).map((line) => `- ${line}`),
      ...added.filter((line) => !removed.includes(line)).map((line) => `+ ${line}`),
    ];
  });
}

function linesOf(text: string): readonly string[] {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => printable(line).trim())
    .filter((line) => line !== '');
}

interface LineGroup {
  readonly start: number;
  readonly end: number;
  readonly edits: readonly TextEdit[];
}

/** Edits on the same lines belong together. */
function groupByLines(text: string, sorted: readonly TextEdit[]): readonly LineGroup[] {
  const groups: LineGroup[] = [];
  for (const edit of sorted) {
    const start = text.lastIndexOf('\n', Math.max(0, edit.span.start - 1)) + 1;
    const newline = text.indexOf('\n', edit.span.end);
    const end = newline < 0 ? text.length : newline;
    const last = groups.at(-1);
    if (last !== undefined && start <= last.end)
      groups[groups.length - 1] = { start: last.start, end, edits: [...last.edits, edit] };
    else groups.push({ start: Math.min(start, edit.span.start), end, edits: [edit] });
  }
  return groups;
}
