import path from 'node:path';
import { Script } from 'node:vm';
import { Beside, readInto } from './beside.ts';

/**
 * Starts the server in Node from compiled code that an earlier start left beside the bundle, which
 * saves about a third of the time to the first diagnostics.
 */

/** More than the bundle or its compiled code takes; what is not written to costs nothing. */
const ROOM = 4 * 2 ** 20;
/** By then the first file is judged. */
const STARTED_MS = 600;
/** The first cache is written when the server has been up this long, and knows what it needed. */
const SETTLED_MS = 4000;
/** How much larger compiled code is worth to be written anew. */
const MORE = 1.02;

const bundle = path.join(__dirname, 'server.core.js');
/** Code that was compiled under other flags is refused. */
const flags = process.execArgv.join('').replace(/[^\w-]/g, '');
const cache = new Beside(bundle, `${process.version}-${process.arch}${flags}.cache`);

// The bundle looks for these two where a script has its globals: wrapped in a function that takes
// them, the whole of its text would be held twice.
Object.assign(globalThis, { require, __dirname });

function start(): void {
  const room = Buffer.allocUnsafeSlow(ROOM);
  // The bundle is ASCII, which is held in half the memory of other text.
  const source = readInto(room, bundle).toString('latin1');
  const cachedData = cache.read(room);
  const script = new Script(source, { filename: bundle, ...(cachedData ? { cachedData } : {}) });
  script.runInThisContext();
  const had = script.cachedDataRejected === true ? 0 : (cachedData?.length ?? 0);
  setTimeout(() => keepCode(script, had), had > 0 ? STARTED_MS : SETTLED_MS).unref();
}

/** Writes the cache where this session has compiled more than it holds, `had` bytes. */
function keepCode(script: Script, had: number): void {
  const code = script.createCachedData();
  if (code.length > had * MORE) cache.write(code);
  saveMemory();
}

/**
 * The server stands beside an editor for hours: from now on the heap grows in small steps. Not
 * before: it would be collected in the middle of the start. And behind the cache, which is refused
 * under other flags than it was made under.
 */
function saveMemory(): void {
  // Loaded here, as it loads all of Node's streams.
  const { setFlagsFromString }: typeof import('node:v8') = require('node:v8');
  setFlagsFromString('--optimize-for-size');
}

start();
