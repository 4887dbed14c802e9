import type { Entry, MapNode } from '../document.ts';

/** The entries that come through `**`, each with the dictionary that brings it. */
export type Spread = Map<Entry, MapNode>;

/** Adds what `**inner` brings. */
export function spreadInto(entries: Entry[], spread: Spread, inner: MapNode): void {
  for (const entry of inner.entries) {
    const own = { ...entry };
    entries.push(own);
    spread.set(own, inner);
  }
}

/**
 * The entries of a call or a dictionary without those that one of another dictionary takes the place
 * of: what is merged is meant to be replaced.
 */
export function merged(entries: readonly Entry[], spread: Spread): readonly Entry[] {
  if (spread.size === 0) return entries;
  return entries.filter((one, i) => {
    const later = entries.slice(i + 1).filter(({ key }) => key === one.key);
    return later.every((other) => spread.get(other) === spread.get(one));
  });
}
