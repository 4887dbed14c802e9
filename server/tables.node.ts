import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { TablesFile } from './tables.ts';

/** The tables beside the bundle, read when the first is asked for; no file is held open. */
export function tablesBeside(bundle: string): TablesFile {
  let text: string | undefined;
  return (start, end) => {
    text ??= readFileSync(path.join(bundle, 'tables.txt'), 'latin1');
    return text.slice(start, end);
  };
}
