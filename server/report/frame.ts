import { lineIndex } from '../../src-core/text/source-file.ts';
import type { Span } from '../../src-core/text/span.ts';
import type { Paint, Style } from './style.ts';
import { displayWidth, padStart, printable, wrap } from './width.ts';

/** A place to underline. */
export interface Mark {
  readonly span: Span;
  /** What to say behind the underline. */
  readonly label?: string;
  /** The place that the finding is about; others only explain it. */
  readonly main: boolean;
}

/** Text further in front of a mark is never shown, however long the line. */
const FARTHEST_BEFORE = 1000;

/** The lines of source that hold the marks, each underlined. */
export function codeFrame(
  text: string,
  marks: readonly Mark[],
  style: Style,
  paint: Paint,
): readonly string[] {
  const index = lineIndex(text);
  const sorted = [...marks].sort((a, b) => a.span.start - b.span.start);
  const numbers = sorted.map((mark) => index.positionAt(mark.span.start).line + 1);
  const gutter = Math.max(3, ...numbers.map((n) => String(n).length + 1));
  const bar = style.dim(style.unicode ? '│' : '|');
  const out: string[] = [];
  let shown = 0;
  sorted.forEach((mark, i) => {
    const number = numbers[i] ?? 1;
    const { column } = index.positionAt(mark.span.start);
    const from = mark.span.start - Math.min(column, FARTHEST_BEFORE);
    const line = lineAt(text, from);
    const room = style.columns - gutter - 3;
    const start = mark.span.start - from;
    const cut = cutAround(line, start, Math.min(line.length, mark.span.end - from), room);
    if (number !== shown) {
      if (shown !== 0 && number > shown + 1)
        out.push(`${' '.repeat(gutter)} ${style.dim(style.unicode ? '┆' : ':')}`);
      out.push(`${style.dim(padStart(String(number), gutter))} ${bar} ${cut.code}`);
    }
    shown = number;
    for (const below of underline(cut, mark, room, style, paint))
      out.push(`${' '.repeat(gutter)} ${bar} ${below}`);
  });
  return out;
}

function lineAt(text: string, start: number): string {
  const rest = text.slice(start, start + 4000);
  const end = rest.search(/[\r\n]/);
  return end < 0 ? rest : rest.slice(0, end);
}

interface Cut {
  readonly code: string;
  /** Columns in front of the underline, and of the underline itself. */
  readonly before: number;
  readonly width: number;
}

/** The part of a long line around `[start, end)` that fits into `room` columns. */
function cutAround(line: string, start: number, end: number, room: number): Cut {
  const before = printable(line.slice(0, start));
  const marked = printable(line.slice(start, end));
  const after = printable(line.slice(end));
  const whole = before + marked + after;
  const width = Math.max(1, displayWidth(marked));
  if (displayWidth(whole) <= room) return { code: whole, before: displayWidth(before), width };
  const kept = keepEnd(before, Math.max(8, Math.floor((room - width) / 2)));
  const code = keepStart(kept + marked + after, room);
  const left = displayWidth(kept);
  return { code, before: left, width: Math.max(1, Math.min(width, room - left)) };
}

function keepEnd(text: string, columns: number): string {
  return displayWidth(text) <= columns
    ? text
    : `…${fitting([...text].reverse(), columns - 1)
        .reverse()
        .join('')}`;
}

function keepStart(text: string, columns: number): string {
  return displayWidth(text) <= columns ? text : `${fitting([...text], columns - 1).join('')}…`;
}

/** As many characters from the front as fit. */
function fitting(chars: readonly string[], columns: number): string[] {
  let width = 0;
  const end = chars.findIndex((char) => {
    width += displayWidth(char);
    return width > columns;
  });
  return chars.slice(0, end < 0 ? undefined : end);
}

/** The underline, with its label behind it where that fits, else below. */
function underline(cut: Cut, mark: Mark, room: number, style: Style, paint: Paint): string[] {
  const second = style.unicode ? '─' : '-';
  const say = mark.main ? paint : style.info;
  const carets = ' '.repeat(cut.before) + say((mark.main ? '^' : second).repeat(cut.width));
  const { label } = mark;
  if (label === undefined) return [carets];
  if (cut.before + cut.width + 1 + displayWidth(label) <= room)
    return [`${carets} ${style.dim(label)}`];
  const indent = Math.min(cut.before, Math.max(2, room - displayWidth(label)));
  const lines = wrap(label, room - indent);
  return [carets, ...lines.map((line) => ' '.repeat(indent) + style.dim(line))];
}
