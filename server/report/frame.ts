import type { Span } from '../../src-core/text/span.ts';
import { linesIn } from './lines.ts';
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
  const index = linesIn(text);
  const sorted = [...marks].sort((a, b) => a.span.start - b.span.start);
  const numbers = sorted.map((mark) => index.positionAt(mark.span.start).line + 1);
  const gutter = Math.max(3, ...numbers.map((n) => String(n).length + 1));
  const bar = style.dim(style.unicode ? '│' : '|');
  const out: string[] = [];
  let shown: Window | undefined;
  sorted.forEach((mark, i) => {
    const number = numbers[i] ?? 1;
    const { column } = index.positionAt(mark.span.start);
    const from = mark.span.start - Math.min(column, FARTHEST_BEFORE);
    const line = lineAt(text, from);
    const room = style.columns - gutter - 3;
    const start = mark.span.start - from;
    const place = placeOf(line, start, Math.min(line.length, mark.span.end - from));
    if (shown === undefined || shown.number !== number || !isInside(place, shown)) {
      if (shown !== undefined && number > shown.number + 1)
        out.push(`${' '.repeat(gutter)} ${style.dim(style.unicode ? '┆' : ':')}`);
      shown = { number, ...windowAround(line, place, room) };
      out.push(`${style.dim(padStart(String(number), gutter))} ${bar} ${shown.code}`);
    }
    for (const below of underline(cutOf(place, shown), mark, room, style, paint))
      out.push(`${' '.repeat(gutter)} ${bar} ${below}`);
  });
  return out;
}

function lineAt(text: string, start: number): string {
  const rest = text.slice(start, start + 4000);
  const end = rest.search(/[\r\n]/);
  return end < 0 ? rest : rest.slice(0, end);
}

/** Columns of the whole line, as printed. */
interface Place {
  readonly start: number;
  readonly end: number;
}

/** The part of a line that is shown: its columns `[from, to)`, behind an ellipsis if `from` > 0. */
interface Window {
  readonly number: number;
  readonly code: string;
  readonly from: number;
  readonly to: number;
}

/** Columns in front of the underline, and of the underline itself. */
interface Cut {
  readonly before: number;
  readonly width: number;
}

function placeOf(line: string, start: number, end: number): Place {
  const before = displayWidth(printable(line.slice(0, start)));
  const width = displayWidth(printable(line.slice(start, end)));
  return { start: before, end: before + Math.max(1, width) };
}

const isInside = (place: Place, { from, to }: Window): boolean =>
  place.start >= from && place.end <= to;

function cutOf(place: Place, { from, to }: Window): Cut {
  const lead = from > 0 ? 1 : 0;
  const width = Math.min(place.end, Math.max(to, place.start + 1)) - place.start;
  return { before: lead + place.start - from, width: Math.max(1, width) };
}

/** The part of a line around a place that fits into `room` columns: all of it, where it can be. */
function windowAround(line: string, place: Place, room: number): Omit<Window, 'number'> {
  const whole = printable(line);
  const columns = displayWidth(whole);
  if (columns <= room) return { code: whole, from: 0, to: Math.max(columns, place.end) };
  const lead = Math.max(8, Math.floor((room - (place.end - place.start)) / 2));
  const from = place.start < lead ? 0 : skipped(whole, place.start - lead + 1);
  const tail = from === 0 ? whole : `…${dropColumns(whole, from)}`;
  const code = keepStart(tail, room);
  const marks = (from > 0 ? 1 : 0) + (code === tail ? 0 : 1);
  return { code, from, to: from + displayWidth(code) - marks };
}

/** The column at or behind `column` where a character starts. */
function skipped(text: string, column: number): number {
  const before = fitting([...text], column).join('');
  const width = displayWidth(before);
  const next = [...text.slice(before.length)][0] ?? '';
  return width === column ? column : width + displayWidth(next);
}

function dropColumns(text: string, columns: number): string {
  return text.slice(fitting([...text], columns).join('').length);
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
