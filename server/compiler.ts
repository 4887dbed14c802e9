import { setFlagsFromString } from 'node:v8';

/**
 * The first file is judged in code that runs once or a few times: what V8 would gain by optimizing it
 * comes later than the first diagnostics, and takes their time.
 */
export function doNotOptimize(): void {
  setFlagsFromString('--no-opt');
  isOff = true;
}

/** From now on code runs often enough. */
export function optimize(): void {
  if (isOff) setFlagsFromString('--opt');
  isOff = false;
}

let isOff = false;
