import { bytes } from '../run/units.ts';
import { beside, MODEL, only } from './beside.ts';
import { bytesOf } from './moments.ts';
import type { Component, TimelineSample } from './result.ts';
import type { EstimateSpec } from './spec.ts';

const GATHERED = 'all weights gathered';

const RESTING: readonly Component[] = [...MODEL, 'optimizer states', 'master weights'];

/**
 * The moment at which every rank of ZeRO-3 holds all weights, whatever the stage divides: while the trainer
 * samples with them (TRL trl/models/utils.py, `unwrap_model_for_generation`), or before vLLM is handed them
 * with adapters merged (trl/generation/vllm_generation.py, `sync_weights`; ms-swift rlhf_trainers/
 * rollout_mixin.py). What else is there by then is what rests between two steps, and the cache of what is
 * sampled.
 */
export function gatheredSample(
  timeline: readonly TimelineSample[],
  { rollout, parallel }: EstimateSpec,
): readonly TimelineSample[] {
  const last = timeline.at(-1);
  const divided = parallel.engine === 'deepspeed' && parallel.zeroStage === 3;
  if (last === undefined || !divided || !rollout.gathersAll) return [];
  const sampled = timeline.map(({ components }) => bytesOf(components, 'kv cache'));
  const cache = bytes(Math.max(0, ...sampled));
  return [beside({ ...only(last, RESTING), phase: 'generate', op: GATHERED }, 'kv cache', cache)];
}

/** Whether a moment is that one. */
export function isGathered({ op }: TimelineSample): boolean {
  return op === GATHERED;
}
