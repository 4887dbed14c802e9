import type { FileEdits, Finding, Fix } from '../../src-core/finding.ts';
import { applyEdits, sortEdits, type TextEdit } from '../../src-core/text/edit.ts';
import type { FileReport, Report } from './report.ts';
import type { Style } from './style.ts';
import { displayWidth, printable, wrap } from './width.ts';

const MOST_LINES = 4;

/** What the fixes of a finding would do, in the finding's order: the first as the lines it changes, others by title. */
export function fixLines(
  finding: Finding,
  file: FileReport,
  report: Report,
  style: Style,
): readonly string[] {
  const [first, ...others] = finding.fixes;
  if (first === undefined) return [];
  const room = style.columns - 8;
  const preview = first.files.flatMap((part, i) => [
    ...(part.file === (first.files[i - 1] ?? { file: file.path }).file ? [] : [`in ${part.file}:`]),
    ...changedLines(part, file, report, room),
  ]);
  return [
    ...titled('fix', `${first.title} (${howTo(first)})`, style),
    ...preview.slice(0, MOST_LINES * 2).map((line) => `        ${painted(line, style)}`),
    ...others.flatMap((fix) => titled('or', otherText(fix), style)),
  ];
}

function titled(word: string, title: string, style: Style): readonly string[] {
  const indent = ' '.repeat(8 + word.length);
  return wrap(title, style.columns - indent.length).map((line, i) =>
    i === 0 ? `    ${style.dim('=')} ${style.good(word)}: ${line}` : indent + line,
  );
}

function otherText(fix: Fix): string {
  return fix.safety === 'suggestion' ? fix.title : `${fix.title} (${howTo(fix)})`;
}

function howTo({ safety }: Fix): string {
  if (safety === 'safe') return '--fix';
  return safety === 'unsafe' ? '--fix-unsafe: it changes the training' : 'one way of several';
}

function painted(line: string, style: Style): string {
  return line.startsWith('+') ? style.good(line) : style.dim(line);
}

/** The lines that the edits touch, before (`-`) and after (`+`). */
function changedLines(
  part: FileEdits,
  file: FileReport,
  report: Report,
  room: number,
): readonly string[] {
  const text = report.sources.get(part.file)?.text ?? file.text;
  const sorted = sortEdits(part.edits);
  if (sorted === undefined) return [];
  return groupByLines(text, sorted).flatMap(({ start, end, edits }) => {
    const before = text.slice(start, end);
    const moved = edits.map((edit) => ({
      span: { start: edit.span.start - start, end: edit.span.end - start },
      text: edit.text,
    }));
    const old = linesOf(before);
    const fresh = linesOf(applyEdits(before, moved));
    const removed = old.filter((line) => !fresh.includes(line));
    const added = fresh.filter((line) => !old.includes(line));
    const show = (line: string, other = ''): string => cutAtChange(line, other, room - 2);
    return [
      ...removed.map((line, i) => `- ${show(line, added[i])}`),
      ...added.map((line, i) => `+ ${show(line, removed[i])}`),
    ];
  });
}

/** How much of a long line stays in front of the first character that differs. */
const BEFORE_CHANGE = 24;

/** A line that is too long, from a little before where it differs from its other version. */
function cutAtChange(line: string, other: string, room: number): string {
  if (displayWidth(line) <= room) return line;
  const chars = [...line];
  const others = [...other];
  const same = chars.findIndex((char, i) => char !== others[i]);
  const change = same < 0 ? chars.length : same;
  const from = Math.max(0, Math.min(change - BEFORE_CHANGE, chars.length - room + 1));
  const shown = `${from > 0 ? '…' : ''}${chars.slice(from).join('')}`;
  return displayWidth(shown) > room ? `${[...shown].slice(0, room - 1).join('')}…` : shown;
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

/** Text further away from an edit is never shown, however long its line. */
const FARTHEST = 2000;

/** Edits on the same lines belong together. */
function groupByLines(text: string, sorted: readonly TextEdit[]): readonly LineGroup[] {
  const groups: LineGroup[] = [];
  for (const edit of sorted) {
    const far = Math.max(0, edit.span.start - FARTHEST);
    const start = far + text.slice(far, edit.span.start).lastIndexOf('\n') + 1;
    const rest = text.slice(edit.span.end, edit.span.end + FARTHEST);
    const newline = rest.indexOf('\n');
    const end = edit.span.end + (newline < 0 ? rest.length : newline);
    const last = groups.at(-1);
    if (last !== undefined && start <= last.end)
      groups[groups.length - 1] = { start: last.start, end, edits: [...last.edits, edit] };
    else groups.push({ start: Math.min(start, edit.span.start), end, edits: [edit] });
  }
  return groups;
}
