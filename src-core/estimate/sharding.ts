import { bytes } from '../run/units.ts';
import { dataRanks, frozenBytes, isFsdp, stepsCopies, toldNoFormat } from './engine.ts';
import { modelShares } from './expert-shares.ts';
import { fsdpBuffers } from './fsdp-buffers.ts';
import { gatheredSample, isGathered } from './gathered.ts';
import { plus, scale } from './interval.ts';
import { loadingBytes } from './loading.ts';
import { bytesOf, endsBackward, withOthers } from './moments.ts';
import { wholeBytes } from './packed.ts';
import type { Component, ComponentShare, Estimate, TimelineSample } from './result.ts';
import { reservedOf } from './slack.ts';
import type { EstimateSpec, ParallelSpec } from './spec.ts';
import { inOneBucket, zeroBuffers } from './zero-buffers.ts';

/** Share of each component that one GPU keeps; absent: all of it. */
type Kept = { readonly [K in Component]?: number };

/**
 * What one GPU of several holds: persistent components divided as ZeRO, FSDP and the model-parallel
 * splits divide them, and the buffers that gathering and reducing take on top. Every phase of the
 * timeline is divided, since the peak may move to another. DeepSpeed's paper (arXiv 1910.02054) has
 * the divisions; what lives when is read from DeepSpeed 0.19.6, zero/stage_1_and_2.py and
 * zero/stage3.py, and buffer sizes are the defaults of zero/config.py and of PyTorch's DDP.
 */
export function shard(
  whole: Estimate,
  spec: EstimateSpec,
  first: readonly TimelineSample[],
): Estimate {
  const { world, tensor, pipeline, sequence, expert, engine } = spec.parallel;
  if (world * tensor * pipeline * sequence * expert === 1 && engine === 'none') return whole;
  const kept = keptShares(spec, whole);
  const moments = [
    ...withOthers(whole.timeline, spec, first),
    ...gatheredSample(whole.timeline, spec),
  ];
  const timeline = moments.map((sample) => divide(sample, kept(sample), spec, whole));
  const top = timeline.reduce((a, b) => (b.total > a.total ? b : a), timeline[0] ?? emptySample());
  const ratio = top.total / Math.max(1, whole.peakAllocated.expected);
  const peakAllocated = scale(whole.peakAllocated, ratio);
  const peakReserved = reservedOf(peakAllocated, scale(whole.peakReserved, ratio), spec);
  const context = bytes(whole.context + communicationBytes(spec));
  return {
    ...whole,
    peakAllocated,
    peakReserved,
    context,
    device: plus(peakReserved, context),
    components: top.components,
    peakPhase: top.phase,
    peakOp: top.op,
    timeline,
    closedForm: bytes(Math.round(whole.closedForm * ratio)),
  };
}

/**
 * What a process takes outside the allocator to speak with others, measured on two H200 with NVLink
 * (NCCL of torch 2.11). DeepSpeed makes more groups.
 */
function communicationBytes({ parallel }: EstimateSpec): number {
  if (parallel.world < 2) return 0;
  return parallel.engine === 'deepspeed' ? 1.4e9 : 0.89e9;
}

function emptySample(): TimelineSample {
  return { step: 1, phase: 'forward', op: '', total: bytes(0), components: [] };
}

function keptShares(spec: EstimateSpec, whole: Estimate): (sample: TimelineSample) => Kept {
  const { tensor, pipeline, sequence, engine } = spec.parallel;
  const { model, dividedStates } = modelShares(spec);
  const ranks = dataRanks(spec);
  const { weights, optimizer } = divisions(spec, ranks);
  const states = engine === 'megatron' ? (optimizer > 0 ? dividedStates : 0) : model * optimizer;
  const trained = whole.trainableParams / Math.max(1, whole.totalParams);
  // FSDP keeps no 16-bit copy of what it trains, and its fp32 copy is the weight itself.
  const copies = isFsdp(engine) && stepsCopies(spec);
  // Stage 1 accumulates them in fp32 (`grad_accum`), stage 3 in its flat tensor.
  const wide = toldNoFormat(spec) && spec.parallel.zeroStage !== 2;
  const own = copies && spec.adapter === null ? 1 - trained : 1;
  return (sample) => ({
    weights: model * (isGathered(sample) ? 1 : weights) * own * frozenBytes(spec),
    adapters: copies ? 0 : model * (isGathered(sample) ? 1 : weights),
    'reference model': model * weights,
    // FSDP gathers its units in 16 bit already: autocast has nothing to copy.
    'weight copies': isFsdp(engine) ? 0 : model,
    gradients: model * gradientShare(sample, spec, whole, ranks) * (copies || wide ? 2 : 1),
    'optimizer states': states,
    'master weights': states,
    activations: 1 / (tensor * pipeline * sequence),
    logits: 1 / (tensor * sequence),
    // The optimizer's own temporaries, of which there are as many as there are states.
    workspace: sample.phase === 'optimizer' ? states * (stepsCopies(spec) ? 2 : 1) : 1,
  });
}

interface Divisions {
  readonly weights: number;
  readonly optimizer: number;
}

function divisions({ parallel }: EstimateSpec, ranks: number): Divisions {
  const each = 1 / ranks;
  if (isFsdp(parallel.engine)) {
    // Offloaded, the shards live on the host and come one unit at a time.
    const shard = parallel.offloadParams ? 0 : each;
    return { weights: shard, optimizer: shard };
  }
  const stage = stageOf(parallel);
  return {
    weights: parallel.offloadParams ? 0 : stage >= 3 ? each : 1,
    optimizer: parallel.offloadOptimizer ? 0 : stage >= 1 ? each : 1,
  };
}

/** Megatron's distributed optimizer divides what ZeRO stage 1 divides. */
function stageOf({ engine, zeroStage }: ParallelSpec): 0 | 1 | 2 | 3 {
  if (engine === 'megatron') return 1;
  return engine === 'deepspeed' ? zeroStage : 0;
}

/** Share of the gradients that one GPU holds in a phase. */
function gradientShare(
  sample: TimelineSample,
  spec: EstimateSpec,
  whole: Estimate,
  ranks: number,
): number {
  const { parallel, gradientAccumulation } = spec;
  const { engine, offloadOptimizer, offloadParams } = parallel;
  // Version 1 has them on the card until the pass ends (`_saved_grad_shard`).
  if (isFsdp(engine)) return offloadParams && engine === 'fsdp2' ? 0 : 1 / ranks;
  const stage = stageOf(parallel);
  // What stage 2 has accumulated stands beside the new, which may be in the bucket still.
  const ends = stage === 2 && engine === 'deepspeed' && endsBackward(sample);
  const accumulated = ends && gradientAccumulation > 1 ? 1 : 0;
  const reduced = ends && inOneBucket(spec, whole) ? 0 : 1;
  // With the optimizer on the host, reduced gradients go there bucket by bucket.
  if (stage >= 2) return offloadOptimizer ? 0 : (reduced + accumulated) / ranks;
  // Stage 1 reduces all of them, and steps with its own.
  return stage === 1 && engine === 'deepspeed' && sample.phase === 'optimizer' ? 1 / ranks : 1;
}

function divide(
  sample: TimelineSample,
  kept: Kept,
  spec: EstimateSpec,
  whole: Estimate,
): TimelineSample {
  const share = kept.weights ?? 1;
  const undivided = share < 1 ? wholeBytes(spec) * (1 - share) : 0;
  const shares = withFlatGradients(
    sample.components.map(({ component, bytes: size }) => ({
      component,
      bytes: bytes(
        Math.round(size * (kept[component] ?? 1) + (component === 'weights' ? undivided : 0)),
      ),
    })),
    spec,
    whole,
  );
  const own = bytesOf(shares, 'buffers');
  const rest = shares.reduce((sum, one) => sum + one.bytes, -own);
  const loading = sample.phase === 'load' ? Math.max(0, loadingBytes(spec, whole) - rest) : 0;
  const buffers = bytes(
    Math.round(Math.max(own, loading) + buffersOf({ ...sample, components: shares }, spec, whole)),
  );
  const components: readonly ComponentShare[] = [
    ...shares.filter((share) => share.component !== 'buffers'),
    { component: 'buffers' as const, bytes: buffers },
  ]
    .filter((share) => share.bytes > 0)
    .sort((a, b) => b.bytes - a.bytes);
  const total = bytes(components.reduce((sum, share) => sum + share.bytes, 0));
  return { ...sample, components, total };
}

/** ZeRO-3 keeps a rank's gradients in one flat tensor from the start. */
function withFlatGradients(
  shares: readonly ComponentShare[],
  spec: EstimateSpec,
  whole: Estimate,
): readonly ComponentShare[] {
  const { engine, zeroStage, offloadOptimizer } = spec.parallel;
  if (engine !== 'deepspeed' || zeroStage < 3 || offloadOptimizer) return shares;
  const each = toldNoFormat(spec) ? 4 : 2;
  const flat = bytes(Math.round((each * whole.trainableParams) / dataRanks(spec)));
  const own = bytesOf(shares, 'gradients');
  const rest = shares.filter((share) => share.component !== 'gradients');
  return [...rest, { component: 'gradients', bytes: bytes(Math.max(own, flat)) }];
}

/** Bytes that gathering and reducing take in a phase. */
function buffersOf(sample: TimelineSample, spec: EstimateSpec, whole: Estimate): number {
  const { engine } = spec.parallel;
  if (isGathered(sample)) return 0;
  if (engine === 'deepspeed') return zeroBuffers(sample, spec, whole);
  if (dataRanks(spec) <= 1 || sample.phase === 'load') return 0;
  if (isFsdp(engine)) return fsdpBuffers(sample, spec, whole);
  // DistributedDataParallel keeps gradients a second time, in its buckets, from the start.
  return engine === 'none' ? mostGradients(whole) : 0;
}

function mostGradients({ timeline }: Estimate): number {
  return Math.max(0, ...timeline.map(({ components }) => bytesOf(components, 'gradients')));
}
