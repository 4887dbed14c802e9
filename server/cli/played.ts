import { keepPlayed } from '../../src-core/index.ts';
import type { Beside } from '../beside.ts';
import { type LineStore, lineStore } from '../line-store.ts';

/** Where what runs needed is kept from one check to the next. */
export type PlayedFile = Pick<Beside, 'read' | 'write'>;

/** What a run needed by what it is, a line each. */
export type Played = readonly [key: string, text: string];

/** Of about 3 KB each. */
const MOST = 2000;

/** What is known in this thread. */
let known: LineStore | undefined;

/**
 * Has a thread of a check remember what runs needed: many scripts start the same run, or try the same changes. It is
 * written to the file when the process ends. `tell` hears of what this thread finds.
 */
export function rememberPlayed(file: PlayedFile | undefined, tell?: (found: Played) => void): void {
  const store = lineStore(file, MOST);
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
