/**
 * Edits from `a` to `b` (insert, delete, replace, swap of neighbours), or `limit + 1` where it
 * takes more than `limit`. Looks only at the band that can stay within the limit.
 */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = nextRow({ a, b, i, limit, previous, before });
    if (Math.min(...row) > limit) return limit + 1;
    before = previous;
    previous = row;
  }
  return Math.min(previous[b.length] ?? limit + 1, limit + 1);
}

interface Band {
  readonly a: string;
  readonly b: string;
  readonly i: number;
  readonly limit: number;
  readonly previous: readonly number[];
  readonly before: readonly number[];
}

function nextRow({ a, b, i, limit, previous, before }: Band): number[] {
  const far = limit + 1;
  const row = new Array<number>(b.length + 1).fill(far);
  if (i <= limit) row[0] = i;
  for (let j = Math.max(1, i - limit); j <= Math.min(b.length, i + limit); j++) {
    const same = a[i - 1] === b[j - 1];
    let best = (previous[j - 1] ?? far) + (same ? 0 : 1);
    best = Math.min(best, (previous[j] ?? far) + 1, (row[j - 1] ?? far) + 1);
    if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
      best = Math.min(best, (before[j - 2] ?? far) + 1);
    }
    row[j] = best;
  }
  return row;
}
