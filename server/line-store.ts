import type { Beside } from './beside.ts';

/** Texts of one line each by keys of one line each, kept from one session to the next. */
export interface LineStore {
  read(key: string): string | undefined;
  write(key: string, text: string): void;
}

/** The file is written when nothing was added for this long, and at the end. */
const QUIET_MS = 2000;

/** Keeps the latest `most` in a file: a line for the key, then one for its text. */
export function lineStore(file: Pick<Beside, 'read' | 'write'>, most: number): LineStore {
  let kept: Map<string, string> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const all = () => {
    kept ??= entries(file.read()?.toString() ?? '');
    return kept;
  };
  const save = () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    file.write([...all()].map(([key, text]) => `${key}\n${text}\n`).join(''));
  };
  process.on('exit', save);
  return {
    read: (key) => all().get(key),
    write(key, text) {
      const map = all();
      if (map.get(key) === text) return;
      map.delete(key);
      map.set(key, text);
      for (const oldest of map.keys()) {
        if (map.size <= most) break;
        map.delete(oldest);
      }
      clearTimeout(timer);
      timer = setTimeout(save, QUIET_MS).unref();
    },
  };
}

function entries(text: string): Map<string, string> {
  const lines = text.split('\n');
  const found = new Map<string, string>();
  for (let i = 0; i + 1 < lines.length; i += 2) found.set(lines[i] ?? '', lines[i + 1] ?? '');
  return found;
}
