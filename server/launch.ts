import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

/**
 * Starts the server in Node from compiled code that an earlier start left beside the bundle, which
 * saves about a third of the time to the first diagnostics. The cache has the owner of the code it
 * stands for; where the folder cannot be written there is none.
 */

/** By then the first file is judged. */
const STARTED_MS = 600;
/** The cache is written when the server has been up this long, and knows what it needed. */
const SETTLED_MS = 4000;
const PREFIX = '.server-';

const bundle = path.join(__dirname, 'server.core.js');

/** Names the code: another build, or another Node, has another cache. */
function cacheFile(): string {
  const { size, mtimeMs } = statSync(bundle);
  const name = `${PREFIX}${size}-${Math.round(mtimeMs)}-${process.version}-${process.arch}.cache`;
  return path.join(__dirname, name);
}

function readCache(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

function writeCache(file: string, script: Script): void {
  try {
    const half = `${file}.${process.pid}`;
    writeFileSync(half, script.createCachedData());
    renameSync(half, file);
    for (const name of readdirSync(__dirname))
      if (name.startsWith(PREFIX) && name !== path.basename(file))
        rmSync(path.join(__dirname, name), { force: true });
  } catch {
    // A folder that is not ours to write to: the next start compiles again.
  }
}

// The bundle looks for these two where a script has its globals: wrapped in a function that takes
// them, the whole of its text would be held twice.
Object.assign(globalThis, { require, __dirname });

function start(): void {
  const file = cacheFile();
  const cachedData = readCache(file);
  // The bundle is ASCII, which is held in half the memory of other text.
  const source = readFileSync(bundle, 'latin1');
  const script = new Script(source, { filename: bundle, ...(cachedData ? { cachedData } : {}) });
  script.runInThisContext();
  const isFresh = cachedData !== undefined && script.cachedDataRejected !== true;
  if (isFresh) setTimeout(saveMemory, STARTED_MS).unref();
  else
    setTimeout(() => {
      writeCache(file, script);
      saveMemory();
    }, SETTLED_MS).unref();
}

/**
 * The server stands beside an editor for hours: from now on the heap grows in small steps. Not
 * before: it would be collected in the middle of the start. And behind the cache, which is refused
 * under other flags than it was made under.
 */
function saveMemory(): void {
  setFlagsFromString('--optimize-for-size');
}

start();
