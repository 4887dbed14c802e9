import type { TextEdit } from '../../text/edit.ts';
import { type Span, span } from '../../text/span.ts';
import type { Comment } from '../document.ts';
import {
  backOverBlanks,
  indentAt,
  lineEnd,
  lineStart,
  newlineOf,
  nextLine,
  startsLine,
} from './lines.ts';

/** A text whose items stand between brackets with commas: JSON, Python, YAML in flow style. */
export interface Separated {
  readonly text: string;
  readonly comments: readonly Comment[];
}

/** Takes the item at `item` out, with one comma, and its line when it stands alone on it. */
export function removeItem(list: Separated, item: Span): readonly TextEdit[] {
  const { text } = list;
  const next = forward(list, item.end);
  if (text[next] === ',') return [deletion(spanWithComma(list, item, next))];
  const before = backward(list, item.start);
  const line = startsLine(text, item.start);
  if (text[before - 1] !== ',') {
    const whole = line && text.slice(item.end, lineEnd(text, item.end)).trim() === '';
    if (whole) return [deletion(span(lineStart(text, item.start), nextLine(text, item.end)))];
    // The only item: the bracket is written anew, so that nothing is added behind what goes.
    const end = Math.min(next + 1, text.length);
    return [{ span: span(item.start, end), text: text.slice(item.end, end) }];
  }
  if (!line) return [deletion(span(before - 1, item.end))];
  const comma = deletion(span(before - 1, before));
  const head = lineStart(text, item.start);
  const alone = text.slice(item.end, lineEnd(text, item.end)).trim() === '';
  if (alone && text.slice(before, head).trim() !== '') {
    // A comment stands between: the whole line goes, so that nothing is put behind that comment.
    return [comma, deletion(span(head, nextLine(text, item.end)))];
  }
  const newline = lineEnd(text, Math.max(0, head - 2));
  const from = Math.max(before, Math.min(newline, item.start));
  return [comma, deletion(span(from, item.end))];
}

function spanWithComma(list: Separated, item: Span, comma: number): Span {
  const { text } = list;
  const end = lineEnd(text, comma);
  const rest = text.slice(comma + 1, end).trim();
  const commented = list.comments.some(
    (c) =>
      c.span.start > comma &&
      c.span.end <= end &&
      rest.startsWith(text.slice(c.span.start, c.span.end)),
  );
  const endsLine = rest === '' || commented;
  if (startsLine(text, item.start) && endsLine) {
    return span(lineStart(text, item.start), nextLine(text, comma));
  }
  if (rest === '') return span(backOverBlanks(text, item.start), comma + 1);
  return span(
    item.start,
    comma + 1 + (/^[ \t]*/.exec(text.slice(comma + 1, end))?.[0].length ?? 0),
  );
}

function deletion(where: Span): TextEdit {
  return { span: where, text: '' };
}

/** Adds `item` as the last one between the brackets of `where`. */
export function appendItem(list: Separated, where: Span, item: string): readonly TextEdit[] {
  const { text } = list;
  const open = where.start + 1;
  const close = where.end - 1;
  const last = backward(list, close);
  if (last <= open) return [{ span: span(open, open), text: item }];
  const trailing = text[last - 1] === ',';
  const first = forward(list, open);
  const ownLine = text.slice(open, first).includes('\n');
  if (!ownLine) return [{ span: span(last, last), text: `${trailing ? ' ' : ', '}${item}` }];
  const newline = newlineOf(text);
  const line = `${indentAt(text, first)}${item}`;
  const end = lineEnd(text, last);
  const below = nextLine(text, last);
  // Below the last line, not at its end, so that this line can be deleted by another edit.
  if (trailing && below <= close) return [{ span: span(below, below), text: `${line},${newline}` }];
  const closing = trailing ? ',' : '';
  const comma = trailing ? '' : ',';
  if (close < end || end === last) {
    return [{ span: span(last, last), text: `${comma}${newline}${line}${closing}` }];
  }
  const added = { span: span(end, end), text: `${newline}${line}${closing}` };
  return trailing ? [added] : [{ span: span(last, last), text: comma }, added];
}

/** The first offset from `at` on that is neither white space nor comment. */
function forward({ text, comments }: Separated, at: number): number {
  let i = at;
  for (;;) {
    while (i < text.length && /\s/.test(text[i] ?? '')) i++;
    const comment = comments.find((c) => c.span.start === i && c.span.end > i);
    if (comment === undefined) return i;
    i = comment.span.end;
  }
}

/** The offset behind the last letter before `at` that is neither white space nor comment. */
function backward({ text, comments }: Separated, at: number): number {
  let i = at;
  for (;;) {
    while (i > 0 && /\s/.test(text[i - 1] ?? '')) i--;
    const comment = comments.find((c) => c.span.end === i && c.span.start < i);
    if (comment === undefined) return i;
    i = comment.span.start;
  }
}
