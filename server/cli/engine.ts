import { setFlagsFromString } from 'node:v8';

/**
 * How much bytecode a function has run before V8 optimizes it: fifteen times as much as it would take by
 * itself. A check is over in seconds, of which a quarter would go into optimizing what is run a few more
 * times.
 */
const BUDGET = 1_000_000;

/** The last V8 that counts bytecode, that of Node 20; newer ones count calls, and optimize later. */
const LAST = 11;

/** Has V8 optimize only what is run very often, in every thread; gives whether it does. */
export function optimizeLate(): boolean {
  if (Number.parseInt(process.versions.v8, 10) > LAST) return false;
  setFlagsFromString(`--interrupt-budget=${BUDGET}`);
  return true;
}
