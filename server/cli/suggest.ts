import { editDistance } from '../../src-core/text/edit-distance.ts';

/** `; did you mean --format?`, or nothing when no candidate is near. */
export function didYouMean(written: string, candidates: readonly string[]): string {
  const near = nearest(written, candidates);
  return near === undefined ? '' : `; did you mean ${near}?`;
}

/** The candidate with the fewest edits, if it takes no more than a third of its length. */
export function nearest(written: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const limit = Math.max(1, Math.floor(candidate.length / 3));
    const distance = editDistance(written.toLowerCase(), candidate.toLowerCase(), limit);
    if (distance <= limit && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}
