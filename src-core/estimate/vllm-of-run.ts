import { known, knownOr, UNKNOWN } from '../run/sourced.ts';
import type { TrainingRun } from '../run/training-run.ts';
import { type Message, say } from '../text/message.ts';
import type { VllmSpec } from './spec.ts';

/** vLLM in the training processes, as far as it is known, and what that takes for granted. */
export function vllmOf(run: TrainingRun): readonly [VllmSpec, Message] | undefined {
  const { rollout, gpu } = run;
  const tensor = known(rollout.tensorParallel);
  if (known(rollout.by) !== 'vllm' || rollout.sleeps.value === UNKNOWN) return undefined;
  if (tensor === undefined || tensor < 1) return undefined;
  const share = known(rollout.utilization);
  const card = known(gpu);
  const claim = share !== undefined && card ? { share, card: card.memoryBytes } : undefined;
  const sleeps = knownOr(rollout.sleeps, false);
  const spec: VllmSpec = {
    weightBytes: weightBytes(run),
    tensor,
    ...(claim === undefined ? {} : { claim }),
    sleeps,
    offloadModel: knownOr(rollout.offloadModel, true),
    offloadOptimizer: knownOr(rollout.offloadOptimizer, true),
  };
  return [spec, taken(claim !== undefined, sleeps)];
}

function taken(counted: boolean, sleeps: boolean): Message {
  if (!counted) return say`of vLLM only the weights are counted, not its cache: it takes more`;
  return sleeps
    ? say`vLLM sleeps while the model trains, and takes all that it claims of the card while it samples`
    : say`vLLM holds all that it claims of the card while the model trains`;
}

/** vLLM halves fp32 unless told; 4-bit weights of bitsandbytes are 4-bit there at best. */
function weightBytes({ quantization, rolloutDtype }: TrainingRun): number {
  const packed = known(quantization);
  if (packed === undefined) return 0.5;
  if (packed !== null) return packed.bits / 8;
  return known(rolloutDtype) === 'float32' ? 4 : 2;
}
