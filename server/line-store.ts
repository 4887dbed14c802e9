import type { Beside } from './beside.ts';

/** Texts of one line each by keys of one line each, kept from one session to the next. */
export interface LineStore {
  read(key: string): string | undefined;
  write(key: string, text: string): void;
}

/** The file is written when nothing was added for this long, and at the end. */
const QUIET_MS = 2000;

/** A start asks for one or two, which are looked for in the bytes as they lie; who asks for more has all of them read. */
const FEW = 8;

/**
 * Keeps the `most` that were used last in a file: an empty line, then for each one of its key and one of its text.
 * While they are in use there may be twice as many. Without a file they are kept for this process.
 */
export function lineStore(
  file: Pick<Beside, 'read' | 'write'> | undefined,
  most: number,
): LineStore {
  let bytes: Buffer | undefined;
  let kept: Map<string, string> | undefined;
  let asked = 0;
  let timer: NodeJS.Timeout | undefined;
  const raw = () => {
    bytes ??= file?.read() ?? Buffer.of();
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
    const latest = [...all()].slice(-most);
    file?.write(`\n${latest.map(([key, text]) => `${key}\n${text}\n`).join('')}`);
  };
  if (file !== undefined) process.on('exit', save);
  return {
    read(key) {
      if (kept === undefined && asked++ < FEW) return lineBehind(raw(), key);
      const text = all().get(key);
      if (text !== undefined) putLast(all(), key, text);
      return text;
    },
    write(key, text) {
      const map = all();
      if (map.get(key) === text) return;
      putLast(map, key, text);
      for (const oldest of map.keys()) {
        if (map.size <= 2 * most) break;
        map.delete(oldest);
      }
      clearTimeout(timer);
      if (file !== undefined) timer = setTimeout(save, QUIET_MS).unref();
    },
  };
}

function putLast(map: Map<string, string>, key: string, text: string): void {
  map.delete(key);
  map.set(key, text);
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
