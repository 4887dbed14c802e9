import { emulate } from './emulate.ts';
import type { ProbeResult } from './result.ts';
import type { ProbeSpec } from './spec.ts';
import { quickVerdict } from './verdict.ts';

/**
 * Says where the numbers of a training step leave the compute dtype, as far as published magnitudes
 * tell: the verdict, and the ranges of every op of an emulated step that has them planted. Takes some
 * milliseconds: call it off the typing path, and `quickVerdict` on it. Never throws; what is not known
 * comes out as `unknown`.
 */
export function probe(spec: ProbeSpec): ProbeResult {
  const quick = quickVerdict(spec);
  const step = emulate(spec);
  if (step === undefined) return { ...quick, perOp: [] };
  return { ...quick, perOp: step.perOp, notes: [...quick.notes, ...step.notes] };
}
