import type { ProbeResult } from './result.ts';
import type { ProbeSpec } from './spec.ts';
import { quickVerdict } from './verdict.ts';

/**
 * Says where the numbers of a training step leave the compute dtype, as far as published
 * magnitudes tell. Never throws; what is not known comes out as `unknown`.
 */
export function probe(spec: ProbeSpec): ProbeResult {
  return { ...quickVerdict(spec), perOp: [] };
}
