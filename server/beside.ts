import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

/**
 * Files that the server keeps beside its bundle from one start to the next. They have the owner of
 * the code that they stand for; where the folder cannot be written there are none.
 */

/** What the names of all files begin with that builds of the bundle keep: `.server-` for `server.core.js`. */
function prefix(bundle: string): string {
  return `.${path.basename(bundle).replace(/\..*/, '')}-`;
}

/** Names the code in a file: another build has other files. */
function build(bundle: string): string | undefined {
  const stat = statSync(bundle, { throwIfNoEntry: false });
  return stat && `${prefix(bundle)}${stat.size}-${Math.round(stat.mtimeMs)}`;
}

/**
 * The bytes of a file, in `room` where they fit: memory that was used before is at hand, and at the
 * start much of the time goes into asking the system for more.
 */
export function readInto(room: Buffer, file: string): Buffer {
  return opened(file, (descriptor) => {
    const { size } = fstatSync(descriptor);
    if (size > room.length) return readFileSync(descriptor);
    return room.subarray(0, readSync(descriptor, room, 0, size, 0));
  });
}

/** What `read` makes of a file, which is open meanwhile. */
export function opened<T>(file: string, read: (descriptor: number) => T): T {
  const descriptor = openSync(file, 'r');
  try {
    return read(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** A file that the build `bundle`, as it is now, keeps as `name`. */
export class Beside {
  /** Absent where there is no bundle. */
  private readonly own: string | undefined;

  constructor(
    private readonly bundle: string,
    private readonly name: string,
  ) {
    this.own = build(bundle);
  }

  /** What an earlier start wrote, in `room` where there is some, or `undefined`. */
  read(room?: Buffer): Buffer | undefined {
    try {
      return room === undefined ? readFileSync(this.file()) : readInto(room, this.file());
    } catch {
      return undefined;
    }
  }

  /** Writes it in one step, and removes what other builds have left. Nothing once another build is there. */
  write(data: Buffer | string): void {
    const { own, bundle } = this;
    if (own === undefined || build(bundle) !== own) return;
    try {
      const file = this.file();
      const half = `${file}.${process.pid}`;
      writeFileSync(half, data, { mode: 0o600 });
      renameSync(half, file);
      const folder = path.dirname(bundle);
      for (const name of readdirSync(folder))
        if (name.startsWith(prefix(bundle)) && !name.startsWith(own))
          rmSync(path.join(folder, name), { force: true });
    } catch {
      // A folder that is not ours to write to: the next start works it out again.
    }
  }

  private file(): string {
    return path.join(path.dirname(this.bundle), `${this.own}-${this.name}`);
  }
}
