import type { Played } from './play.ts';

/**
 * Where a host keeps what programs needed, from one session to the next. A key and a text are one line
 * each. Both speak of dimensions and settings only: no path, no text of the user's.
 */
export interface PlayedStore {
  read(key: string): string | undefined;
  write(key: string, text: string): void;
}

let store: PlayedStore | undefined;

/** Looks into `found` before a program is played, and adds what is played; `undefined` forgets it. */
export function keepPlayed(found: PlayedStore | undefined): void {
  store = found;
}

/** What the run with this key needed, from the store, else by `play`. */
export function keptPlayed(key: unknown, play: () => Played): Played {
  if (store === undefined) return play();
  const line = JSON.stringify(key);
  const found = parsed(store.read(line));
  if (found !== undefined) return found;
  const played = play();
  store.write(line, JSON.stringify(played));
  return played;
}

/** What `text` says, if a `Played` was written in it. */
function parsed(text: string | undefined): Played | undefined {
  if (text === undefined) return undefined;
  try {
    const value: Partial<Played> | null = JSON.parse(text);
    const { reserved, peaks } = value ?? {};
    return typeof reserved === 'number' && Array.isArray(peaks) && peaks.length > 0
      ? { reserved, peaks }
      : undefined;
  } catch {
    return undefined; // half written, or damaged
  }
}
