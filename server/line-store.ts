import type { Beside } from './beside.ts';

/** Texts of one line each by keys of one line each, kept from one session to the next. */
export interface LineStore {
  read(key: string): string | undefined;
  write(key: string, text: string): void;
}

/** The file is written when nothing was added for this long, and at the end. */
const QUIET_MS = 2000;

/** Keeps the latest `most` in a file: an empty line, then for each one of its key and one of its text. */
export function lineStore(file: Pick<Beside, 'read' | 'write'>, most: number): LineStore {
  let bytes: Buffer | undefined;
  let kept: Map<string, string> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const raw = () => {
    bytes ??= file.read() ?? Buffer.of();
    return bytes;
  };
  const all = () => {
    kept ??= entries(raw().toString());
    bytes = undefined;
    return kept;
  };
  const save = () => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    file.write(`\n${[...all()].map(([key, text]) => `${key}\n${text}\n`).join('')}`);
  };
  process.on('exit', save);
  return {
    // A start asks for one or two: they are looked for in the bytes as they lie.
    read: (key) => (kept === undefined ? lineBehind(raw(), key) : kept.get(key)),
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

/** The line behind the line `key`; no text is a key. */
function lineBehind(bytes: Buffer, key: string): string | undefined {
  const line = Buffer.from(`\n${key}\n`);
  const at = bytes.indexOf(line);
  const start = at + line.length;
  const end = at < 0 ? -1 : bytes.indexOf('\n', start);
  return end < 0 ? undefined : bytes.toString('utf8', start, end);
}

function entries(text: string): Map<string, string> {
  const lines = text.split('\n');
  const found = new Map<string, string>();
  for (let i = 1; i + 1 < lines.length; i += 2) found.set(lines[i] ?? '', lines[i + 1] ?? '');
  return found;
}
