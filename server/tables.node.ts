import { readSync } from 'node:fs';
import path from 'node:path';
import { opened } from './beside.ts';
import { useTables } from './tables.ts';

/** Uses the tables beside the bundle. Each is read when it is asked for; no file is held open. */
export function useTablesBeside(bundle: string): void {
  useTables((start, end) =>
    opened(path.join(bundle, 'tables.txt'), (file) => {
      const bytes = Buffer.allocUnsafe(end - start);
      return bytes.toString('latin1', 0, readSync(file, bytes, 0, end - start, start));
    }),
  );
}
