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
  const { firstOverflow: first } = quick;
  // Where a report names an op without a figure, the emulation's own would contradict it.
  const silent =
    first !== undefined && first.value === undefined ? [first.op, `${first.op}_scaled`] : [];
  const perOp = step.perOp.filter((one) => !silent.includes(one.op));
  return { ...quick, perOp, notes: [...quick.notes, ...step.notes] };
}
