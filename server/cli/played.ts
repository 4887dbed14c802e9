import { keepPlayed } from '../../src-core/index.ts';
import type { Beside } from '../beside.ts';
import { type LineStore, lineStore } from '../line-store.ts';

/** What a run needed by what it is, a line each. */
export type Played = readonly [key: string, text: string];

/** Of about 3 KB each. */
const MOST = 2000;

/** What runs needed, kept from one check to the next where there is a file: it is written when the process ends. */
export function playedStore(file?: Pick<Beside, 'read' | 'write'>): LineStore {
  return lineStore(file, MOST);
}

/** What is known in this thread. */
let known: LineStore | undefined;

/**
 * Has a thread of a check remember what runs needed: many scripts start the same run, or try the same changes.
 * `tell` hears of what this thread finds.
 */
export function rememberPlayed(store: LineStore, tell?: (found: Played) => void): void {
  known = store;
  keepPlayed({
    read: store.read,
    write(key, text) {
      store.write(key, text);
      tell?.([key, text]);
    },
  });
}

/** Takes in what another thread has found. */
export function takePlayed(found: readonly Played[]): void {
  for (const [key, text] of found) known?.write(key, text);
}
