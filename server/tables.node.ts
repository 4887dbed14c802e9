import { readFileSync } from 'node:fs';
import path from 'node:path';
import { useTables } from './tables.ts';

/** Uses the tables beside the bundle, read when the first is asked for; no file is held open. */
export function useTablesBeside(bundle: string): void {
  let text: string | undefined;
  useTables((start, end) => {
    text ??= readFileSync(path.join(bundle, 'tables.txt'), 'latin1');
    return text.slice(start, end);
  });
}
