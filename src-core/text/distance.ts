import { editDistance } from './edit-distance.ts';

function normal(text: string): string {
  return text.toLowerCase().replaceAll('-', '_');
}

/**
 * The candidates closest to `text`, best first, at most `count`. A third of the length may differ,
 * three edits at most, so that short names are not taken for each other.
 */
export function closest(text: string, candidates: Iterable<string>, count = 3): readonly string[] {
  const limit = Math.min(3, Math.max(1, Math.floor(text.length / 3)));
  const found: { name: string; distance: number }[] = [];
  for (const name of candidates) {
    const distance = distanceOf(text, name, limit);
    if (distance <= limit && distance < name.length) found.push({ name, distance });
  }
  found.sort((a, b) => a.distance - b.distance || a.name.length - b.name.length);
  return found.slice(0, count).map((one) => one.name);
}

function distanceOf(a: string, b: string, limit: number): number {
  if (sameWords(a, b)) return 1;
  return mayBeClose(a, b, limit) ? editDistance(normal(a), normal(b), limit) : limit + 1;
}

/** The longest word that may be missing or too many. */
const WORD = 10;

/**
 * Whether two names of three words or more differ by one word alone: `bnb_4bit_double_quant` and
 * `bnb_4bit_use_double_quant`. Lengths and the first letters throw most pairs out at once.
 */
function sameWords(a: string, b: string): boolean {
  const difference = Math.abs(a.length - b.length);
  if (difference < 2 || difference > WORD || a.slice(0, 2) !== b.slice(0, 2)) return false;
  const x = normal(a).split('_');
  const y = normal(b).split('_');
  const [short, long] = x.length < y.length ? [x, y] : [y, x];
  if (short.length < 3 || long.length !== short.length + 1) return false;
  return short.every((word) => long.includes(word));
}

/** A cheap test that throws most candidates out: one of the first two letters is kept in place. */
function mayBeClose(a: string, b: string, limit: number): boolean {
  if (Math.abs(a.length - b.length) > limit) return false;
  return a[0] === b[0] || a[1] === b[1] || a[0] === b[1] || a[1] === b[0];
}
