import { bf16, type FloatFormat, fp16 } from '../../probe/formats.ts';
import { known } from '../../run/sourced.ts';
import type { TrainingRun } from '../../run/training-run.ts';

/** Standard deviation taken for weights: what most checkpoints are initialised to. */
const TYPICAL_WEIGHT = 0.02;

/**
 * Share (0 to 1) of weights drawn from N(0, 0.02) that a step of size `step` changes when they are
 * stored in `format`: those whose half spacing is below the step. Adam's steps are of the size of
 * the learning rate.
 */
export function movedShare(step: number, format: FloatFormat): number {
  // A weight in [2^e, 2^(e+1)) moves when step > 2^(e - mantissaBits - 1).
  const e = Math.ceil(Math.log2(step)) + format.mantissaBits;
  return withinShare(2 ** (e + 1) / TYPICAL_WEIGHT);
}

/** P(|x| < z) of the standard normal distribution (Abramowitz and Stegun 7.1.26, error below 2e-7). */
function withinShare(z: number): number {
  const x = z / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const poly =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return 1 - poly * Math.exp(-x * x);
}

/** Whether the optimizer is a plain Adam: those with compensated sums keep small steps. */
export function isAdamLike(run: TrainingRun): boolean {
  const name = known(run.optimizer) ?? '';
  return /adam/i.test(name) && !/stable|anyprecision/.test(name);
}

/** Whether what trains has no fp32 copy: neither DeepSpeed nor FSDP, which accelerate makes upcast. */
export function hasNoCopy(run: TrainingRun): boolean {
  return run.masterWeights.value === false && run.parallel.engine.value === 'none';
}

/** The format of 16-bit weights that train themselves, without an fp32 copy; else `undefined`. */
export function halfWeights(run: TrainingRun): FloatFormat | undefined {
  const method = known(run.method);
  if (!hasNoCopy(run) || (method !== 'full' && method !== 'freeze')) return undefined;
  if (run.quantization.value !== null) return undefined; // Such weights do not train: another rule.
  if (run.trainableDtype.value === 'bfloat16') return bf16;
  return run.trainableDtype.value === 'float16' ? fp16 : undefined;
}

/** Whether fp16's scaler meets gradients in 16 bits, and stops the run at its first step. */
export function stopsAtScaler(run: TrainingRun): boolean {
  const half = run.trainableDtype.value === 'float16' || run.trainableDtype.value === 'bfloat16';
  return half && hasNoCopy(run) && isScaled(run);
}

function isScaled(run: TrainingRun): boolean {
  return run.lossScaling.value === 'dynamic' && run.mixedPrecision.value === 'fp16';
}

/** Whether plain bf16 weights lose most updates of this learning rate. */
export function losesUpdates(run: TrainingRun): boolean {
  const rate = known(run.learningRate);
  if (rate === undefined || rate <= 0 || rate >= 1e-4 || !isAdamLike(run)) return false;
  return halfWeights(run) === bf16 && !stopsAtScaler(run);
}
