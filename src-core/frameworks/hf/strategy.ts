import type { Options } from '../../run/options.ts';
import { textOf } from '../constraint.ts';

/** Strategy names come as `steps`, `"steps"` or `IntervalStrategy.STEPS`. */
export function strategy(o: Options, key: string, fallback: string): string | undefined {
  const written = textOf(o, key);
  if (written === undefined) return o.has(key) ? undefined : fallback;
  return written.replace(/^\w+\./, '').toLowerCase();
}
