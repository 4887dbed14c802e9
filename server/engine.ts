import { setFlagsFromString } from 'node:v8';

/**
 * How much bytecode a function has run before V8 optimizes it: fifteen times as much as it would take by
 * itself. A check is over in seconds, and the first file of a server in a tenth of one, of which a quarter
 * would go into optimizing what is run a few more times.
 */
const LATE = 1_000_000;
/** As V8 11 counts by itself. */
const USUAL = 67_584;

/** The last V8 that counts bytecode, that of Node 20; newer ones count calls, and optimize later. */
const LAST = 11;

const counts = Number.parseInt(process.versions.v8, 10) <= LAST;

/** Has V8 optimize only what is run very often, in every thread; gives whether it does. */
export function optimizeLate(): boolean {
  if (counts) setFlagsFromString(`--interrupt-budget=${LATE}`);
  return counts;
}

/** Has V8 optimize as it does by itself. */
export function optimizeAsUsual(): void {
  if (counts) setFlagsFromString(`--interrupt-budget=${USUAL}`);
}

/**
 * Has V8 hold on to compiled code that was not run for a while, or let go of it again. What it lets go of within
 * the first seconds is missing from the code that is kept for the next start.
 */
export function holdCode(holds: boolean): void {
  setFlagsFromString(holds ? '--no-flush-bytecode' : '--flush-bytecode');
}

/**
 * For a process that stands beside an editor for hours: from now on the heap grows in small steps, and the part
 * for young objects not at all.
 */
export function saveMemory(): void {
  setFlagsFromString('--optimize-for-size');
  setFlagsFromString('--semi-space-growth-factor=1');
}
