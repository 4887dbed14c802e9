import type { Span } from './span.ts';

/** One edit: what stood at `[start, end)` of the old text became `text`. Offsets in UTF-16 units. */
export interface Change {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** How far everything behind the edit moved. */
  readonly by: number;
}

/** The smallest single edit that turns `before` into `after`; `undefined` when they are equal. */
export function changeBetween(before: string, after: string): Change | undefined {
  if (before === after) return undefined;
  if (found?.before !== before || found.after !== after)
    found = { before, after, change: compared(before, after) };
  return found.change;
}

/** Several ask of the same two texts, one after the other. */
let found: { readonly before: string; readonly after: string; readonly change: Change } | undefined;

function compared(before: string, after: string): Change {
  const shorter = Math.min(before.length, after.length);
  const start = agreement(shorter, last.start, (from, to) => {
    return before.slice(from, to) === after.slice(from, to);
  });
  const [tail, other] = [before.length, after.length];
  const same = agreement(shorter - start, last.same, (from, to) => {
    return before.slice(tail - to, tail - from) === after.slice(other - to, other - from);
  });
  last.start = start;
  last.same = same;
  const end = tail - same;
  return { start, end, text: after.slice(start, other - same), by: other - tail };
}

/** One edit is mostly close to the one before: that place is looked at first. */
const last = { start: 0, same: 0 };

/** How many units agree, counted from one side. `near` is a guess, and makes no difference to it. */
function agreement(
  length: number,
  near: number,
  equal: (from: number, to: number) => boolean,
): number {
  let low = near <= length && equal(0, near) ? near : 0;
  let step = 1;
  for (; low + step <= length && equal(low, low + step); step *= 2) low += step;
  for (step >>= 1; step >= 1; step >>= 1)
    if (low + step <= length && equal(low, low + step)) low += step;
  return low;
}

/** Where `span` stands after the edit; `undefined` when the edit cuts through one of its ends. */
export function moved(span: Span, change: Change): Span | undefined {
  const { start, end, by } = change;
  if (holds(span, change)) return { start: span.start, end: span.end + by };
  if (span.end <= start) return span;
  return span.start >= end ? { start: span.start + by, end: span.end + by } : undefined;
}

/** Whether the edit lies within `span`, its ends included. */
export function holds(span: Span, { start, end }: Change): boolean {
  return span.start <= start && end <= span.end;
}

/** The line that `[start, end)` stands in, and `count` lines that are not blank on either side. */
export function linesAround(text: string, start: number, end: number, count: number) {
  let from = lineStart(text, start);
  let to = lineEnd(text, end);
  for (let i = 0; i < count; i++) {
    from = lineStart(text, text.slice(0, from).trimEnd().length);
    to = lineEnd(text, text.length - text.slice(to).trimStart().length);
  }
  return { from, to };
}

function lineStart(text: string, at: number): number {
  return at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
}

function lineEnd(text: string, from: number): number {
  const newline = text.indexOf('\n', from);
  return newline < 0 ? text.length : newline;
}
