import { openSync, readSync } from 'node:fs';
import path from 'node:path';
import type { TablesFile } from './tables.ts';

/** The tables beside the bundle. Opened now, so that they are of its build, whatever comes later. */
export function tablesBeside(bundle: string): TablesFile {
  const file = openSync(path.join(bundle, 'tables.txt'), 'r');
  return (start, end) => {
    const bytes = Buffer.allocUnsafe(end - start);
    readSync(file, bytes, 0, bytes.length, start);
    return bytes.toString('latin1');
  };
}
