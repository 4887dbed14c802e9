import type { DType } from '../../facts/dtypes.ts';
import type { GpuRecord } from '../../facts/gpu.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { derived, known, type Sourced } from '../../run/sourced.ts';
import type { ModelRef } from '../../run/training-run.ts';

/** Model types whose activations leave fp16: FORCE_FLOAT32 of unsloth models/loader.py and unsloth_zoo. */
const FORCED = /^(?:gemma3(?:n|_|$)|gemma4|glm4_moe|gpt_oss|qwen3_5|qwen3_moe)/;

/**
 * What is loaded of a type that fp16 does not hold where fp16 is asked for, or the card has no bf16:
 * weights in bfloat16, and a trainer that computes in float32 whatever its flags say (models/rl.py).
 */
export function forcedFloat32(
  model: Sourced<ModelRef>,
  asked: Sourced<DType>,
  gpu: Sourced<GpuRecord | null>,
): Sourced<DType> | undefined {
  const type = known(model)?.record?.arch?.modelType;
  if (type === undefined || asked.value !== 'float16' || !FORCED.test(type)) return undefined;
  return derived<DType>('bfloat16', 'Unsloth trains this family in float32 instead', asked, gpu);
}

/** What such a run computes in. */
export function forcedPrecision(dtype: Sourced<DType>): RunDraft {
  const how = 'Unsloth trains this family in float32';
  return {
    computeDtype: derived<DType>('float32', how, dtype),
    precision: derived<'fp32'>('fp32', how, dtype),
  };
}
