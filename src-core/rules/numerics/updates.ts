import type { DType } from '../../facts/dtypes.ts';
import { bf16, type FloatFormat, fp16 } from '../../probe/formats.ts';
import { known, type Sourced } from '../../run/sourced.ts';
import type { TrainingRun } from '../../run/training-run.ts';
import { isLaunchUnseen } from '../../run/unseen-launch.ts';
import { type Message, word } from '../../text/message.ts';

/**
 * Whether the optimizer is a plain Adam, by transformers' names: those with compensated sums keep
 * small steps, and projected, scaled or averaged ones take steps of other sizes.
 */
export function isAdamLike(run: TrainingRun): boolean {
  const name = known(run.optimizer) ?? '';
  return /^(?:paged_)?adamw(?:_(?!anyprecision)|$)/.test(name);
}

/** Whether what trains has no fp32 copy: neither DeepSpeed nor FSDP, which accelerate makes upcast. */
export function hasNoCopy(run: TrainingRun): boolean {
  return run.masterWeights.value === false && run.parallel.engine.value === 'none';
}

const COPIED = word(', unless a launch with DeepSpeed or FSDP keeps an fp32 copy');

/** What may be otherwise where the launch is not seen, to be said behind what rests on `hasNoCopy`. */
export function unlessCopied(run: TrainingRun): Message {
  return isLaunchUnseen(run) ? COPIED : '';
}

/** An error no longer, where the launch may keep a copy. */
export function lessSureUnseen(run: TrainingRun): { readonly severity?: 'warning' } {
  return isLaunchUnseen(run) ? { severity: 'warning' } : {};
}

/** The format of 16-bit weights that train themselves, without an fp32 copy; else `undefined`. */
export function halfWeights(run: TrainingRun): FloatFormat | undefined {
  const method = known(run.method);
  if (!hasNoCopy(run) || (method !== 'full' && method !== 'freeze')) return undefined;
  if (run.quantization.value !== null) return undefined; // Such weights do not train: another rule.
  if (run.trainableDtype.value === 'bfloat16') return bf16;
  return run.trainableDtype.value === 'float16' ? fp16 : undefined;
}

type Half = 'float16' | 'bfloat16';

/** Whether fp16's scaler meets gradients in 16 bits, and stops the run at its first step. */
export function stopsAtScaler(run: TrainingRun): boolean {
  return scaledIn(run, 'float16') !== undefined || scaledIn(run, 'bfloat16') !== undefined;
}

/** The dtype of what trains, all of it or modules beside adapters, where it is `half` and stops the scaler. */
export function scaledIn(run: TrainingRun, half: Half): Sourced<DType> | undefined {
  if (!hasNoCopy(run) || !isScaled(run)) return undefined;
  return [run.trainableDtype, run.savedDtype].find(({ value }) => value === half);
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
