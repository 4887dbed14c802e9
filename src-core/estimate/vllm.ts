import { type Bytes, bytes } from '../run/units.ts';
import { added, always, beside, higher, MODEL, only, peakOf, scaled, sum } from './beside.ts';
import { isGathered } from './gathered.ts';
import { plus } from './interval.ts';
import type { Component, Estimate, Interval, TimelineSample, VllmStart } from './result.ts';
import type { EstimateSpec, VllmSpec } from './spec.ts';

const VLLM: Component = 'vLLM';

/**
 * `one`, which is what the trainer takes, with vLLM in the same process. vLLM takes what it claims once
 * its weights are there: what it worked with while it measured itself, less than it has for its cache
 * (`determine_available_memory` of vllm/v1/worker/gpu_worker.py). So the claim is expected, and its weights
 * are certain. Awake it holds that at every moment; asleep only while it samples, beside what rests.
 */
export function withVllm(one: Estimate, spec: EstimateSpec, vllm: VllmSpec): Estimate {
  const weights = weightsOf(vllm, one);
  const claim = Math.max(weights.expected, claimOf(vllm));
  const held: Interval = { ...weights, expected: bytes(claim), high: bytes(claim) };
  const start = startOf(one, spec, vllm, weights.low);
  const result = vllm.sleeps ? asleep(one, vllm, held, weights) : always(one, VLLM, held);
  return { ...result, ...(start && { start }) };
}

/** Bytes that it claims of each card; 0 where they are not known. */
export function claimOf({ claim }: VllmSpec): Bytes {
  return bytes(claim === undefined ? 0 : Math.ceil(claim.share * claim.card));
}

/** Its weights on one card, as certain as those of the model that trains. */
function weightsOf({ weightBytes, tensor }: VllmSpec, one: Estimate): Interval {
  return scaled(one.peakAllocated, (one.totalParams * weightBytes) / tensor);
}

/** What has to hold for vLLM to start; engines that divide the weights place them later. */
function startOf(
  one: Estimate,
  { parallel }: EstimateSpec,
  vllm: VllmSpec,
  weights: Bytes,
): VllmStart | undefined {
  if (vllm.claim === undefined) return undefined;
  const placed = parallel.engine === 'none' && parallel.pipeline * parallel.tensor === 1;
  const loaded = one.timeline.find(({ phase }) => phase === 'load');
  const held = placed && !vllm.offloadModel && loaded ? sum(loaded, ['weights', 'adapters']) : 0;
  return {
    claim: claimOf(vllm),
    weights,
    held: scaled(one.peakAllocated, held).low,
  };
}

/**
 * vLLM takes its claim while it samples, beside what rests. Before that its weights are awake when it is handed
 * those that train (TRL trl/generation/vllm_generation.py, `sync_weights`; ms-swift rlhf_trainers/
 * rollout_mixin.py, `_fast_infer`), all of which every rank of ZeRO-3 may hold by then.
 */
function asleep(one: Estimate, vllm: VllmSpec, held: Interval, weights: Interval): Estimate {
  const last = one.timeline.at(-1) ?? peakOf(one);
  const stays: readonly Component[] = [
    ...(vllm.offloadModel ? [] : MODEL),
    ...(vllm.offloadOptimizer ? [] : (['optimizer states'] as const)),
    'master weights',
    'other models',
  ];
  const resting: TimelineSample = {
    ...only(last, stays),
    phase: 'generate',
    op: VLLM,
  };
  const handed = one.timeline.filter(isGathered);
  const moments = [
    { rest: resting, more: held },
    ...handed.map((rest) => ({ rest, more: weights })),
  ];
  return moments.reduce(higherAt, {
    ...one,
    timeline: one.timeline.filter((sample) => !isGathered(sample)),
  });
}

/** With the moment at which vLLM has `more` beside `rest`. */
function higherAt(
  one: Estimate,
  { rest, more }: { readonly rest: TimelineSample; readonly more: Interval },
): Estimate {
  const sample = beside(rest, VLLM, more.expected);
  const all = (of: Interval): Interval => added(scaled(of, rest.total), more);
  const most = all(one.peakAllocated);
  const peakReserved = higher(one.peakReserved, all(one.peakReserved));
  const top = most.expected > one.peakAllocated.expected ? sample : peakOf(one);
  return {
    ...one,
    timeline: [...one.timeline, sample],
    components: top.components,
    peakPhase: top.phase,
    peakOp: top.op,
    peakAllocated: higher(one.peakAllocated, most),
    peakReserved,
    device: plus(peakReserved, one.context),
  };
}
