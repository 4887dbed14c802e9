import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Files that the server keeps beside its bundle from one start to the next. They have the owner of
 * the code that they stand for; where the folder cannot be written there are none.
 */

const PREFIX = '.server-';

/** Names the code in a file: another build has other files. */
function build(bundle: string): string {
  const { size, mtimeMs } = statSync(bundle);
  return `${PREFIX}${size}-${Math.round(mtimeMs)}`;
}

/** A file that the build `bundle` keeps as `name`. */
export class Beside {
  constructor(
    private readonly bundle: string,
    private readonly name: string,
  ) {}

  /** What an earlier start wrote, or `undefined`. */
  read(): Buffer | undefined {
    try {
      return readFileSync(this.file());
    } catch {
      return undefined;
    }
  }

  /** Writes it in one step, and removes what other builds have left. */
  write(data: Buffer | string): void {
    try {
      const file = this.file();
      const half = `${file}.${process.pid}`;
      writeFileSync(half, data, { mode: 0o600 });
      renameSync(half, file);
      const own = build(this.bundle);
      const folder = path.dirname(this.bundle);
      for (const name of readdirSync(folder))
        if (name.startsWith(PREFIX) && !name.startsWith(own))
          rmSync(path.join(folder, name), { force: true });
    } catch {
      // A folder that is not ours to write to: the next start works it out again.
    }
  }

  private file(): string {
    return path.join(path.dirname(this.bundle), `${build(this.bundle)}-${this.name}`);
  }
}
