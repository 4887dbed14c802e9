import path from 'node:path';
import { Script } from 'node:vm';
import { Beside, readInto } from './beside.ts';

/** A bundle that runs, and what it had of the compiled code that an earlier start left beside it. */
export interface Compiled {
  /** Bytes of it; 0 where there was none, or none that this Node takes. */
  readonly had: number;
  /** Writes what is compiled by now, where it is more than there was. */
  keep(): void;
}

/** More than a bundle or its compiled code takes; what is not written to costs nothing. */
const ROOM = 4 * 2 ** 20;
/** How much larger compiled code is worth to be written anew. */
const MORE = 1.005;

/**
 * Runs a bundle that lies beside this one, from compiled code where an earlier start has left some.
 * Each `kind` of use has code of its own: other flags of V8, which refuses what was compiled under others, or a
 * need for much more or less of the bundle.
 */
export function runCompiled(name: string, kind = ''): Compiled {
  const bundle = path.join(__dirname, name);
  const flags = process.execArgv.join('').replace(/[^\w-]/g, '') + kind;
  const cache = new Beside(bundle, `${process.version}-${process.arch}${flags}.cache`);
  // The bundle looks for these two where a script has its globals: wrapped in a function that takes
  // them, the whole of its text would be held twice.
  Object.assign(globalThis, { require, __dirname });
  const room = Buffer.allocUnsafeSlow(ROOM);
  // The bundle is ASCII, which is held in half the memory of other text.
  const source = readInto(room, bundle).toString('latin1');
  const cachedData = cache.read(room);
  const script = new Script(source, { filename: bundle, ...(cachedData ? { cachedData } : {}) });
  script.runInThisContext();
  const had = script.cachedDataRejected === true ? 0 : (cachedData?.length ?? 0);
  return {
    had,
    keep() {
      const code = script.createCachedData();
      if (code.length > had * MORE) cache.write(code);
    },
  };
}
