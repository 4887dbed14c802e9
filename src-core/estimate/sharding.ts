import { type Bytes, bytes } from '../run/units.ts';
import type { Component, ComponentShare, Estimate, Interval, TimelineSample } from './result.ts';
import type { EstimateSpec } from './spec.ts';

/** Share of each component that one GPU keeps; absent: all of it. */
type Kept = { readonly [K in Component]?: number };

/**
 * What one GPU of several holds: persistent components divided as ZeRO, FSDP and the model-parallel
 * splits divide them, and the buffers that gathering and reducing take on top. Every phase of the
 * timeline is divided, since the peak may move to another. DeepSpeed's paper (arXiv 1910.02054) has
 * the divisions; what lives when is read from DeepSpeed 0.19.6, zero/stage_1_and_2.py and
 * zero/stage3.py, and buffer sizes are the defaults of zero/config.py and of PyTorch's DDP.
 */
export function shard(whole: Estimate, spec: EstimateSpec): Estimate {
  const { world, tensor, pipeline, sequence, expert, engine } = spec.parallel;
  if (world * tensor * pipeline * sequence * expert === 1 && engine === 'none') return whole;
  const kept = keptShares(spec);
  const timeline = whole.timeline.map((sample) => divide(sample, kept, spec, whole));
  const top = timeline.reduce((a, b) => (b.total > a.total ? b : a), timeline[0] ?? emptySample());
  const ratio = top.total / Math.max(1, whole.peakAllocated.expected);
  const peakAllocated = scale(whole.peakAllocated, ratio);
  const peakReserved = scale(whole.peakReserved, ratio);
  return {
    ...whole,
    peakAllocated,
    peakReserved,
    device: plus(peakReserved, whole.context),
    components: top.components,
    peakPhase: top.phase,
    peakOp: top.op,
    timeline,
    closedForm: bytes(Math.round(whole.closedForm * ratio)),
  };
}

function emptySample(): TimelineSample {
  return { step: 1, phase: 'forward', op: '', total: bytes(0), components: [] };
}

function keptShares(spec: EstimateSpec): Kept {
  const { tensor, pipeline, sequence, engine } = spec.parallel;
  const model = 1 / (tensor * pipeline * expertFactor(spec));
  const ranks = dataRanks(spec);
  const { weights, gradients, optimizer } = divisions(spec, ranks);
  return {
    weights: model * weights,
    adapters: model * weights,
    'reference model': model * weights,
    // FSDP gathers its units in 16 bit already: autocast has nothing to copy.
    'weight copies': engine === 'fsdp' || engine === 'fsdp2' ? 0 : model,
    gradients: model * gradients,
    'optimizer states': model * optimizer,
    'master weights': model * optimizer,
    activations: 1 / (tensor * pipeline * sequence),
    logits: 1 / (tensor * sequence),
  };
}

/** Processes among which ZeRO and FSDP divide. */
function dataRanks({ parallel }: EstimateSpec): number {
  return Math.max(1, parallel.world / (parallel.tensor * parallel.pipeline));
}

interface Divisions {
  readonly weights: number;
  readonly gradients: number;
  readonly optimizer: number;
}

function divisions({ parallel }: EstimateSpec, ranks: number): Divisions {
  const each = 1 / ranks;
  if (parallel.engine === 'fsdp' || parallel.engine === 'fsdp2') {
    // Offloaded, the shards live on the host and come one unit at a time.
    const shard = parallel.offloadParams ? 0 : each;
    return { weights: shard, gradients: shard, optimizer: shard };
  }
  // Megatron's distributed optimizer divides what ZeRO stage 1 divides.
  const stage = parallel.engine === 'megatron' ? 1 : parallel.zeroStage;
  const zero = parallel.engine === 'deepspeed' || parallel.engine === 'megatron';
  if (!zero) return { weights: 1, gradients: 1, optimizer: 1 };
  return {
    weights: parallel.offloadParams ? 0 : stage >= 3 ? each : 1,
    // With the optimizer on the host, reduced gradients go there bucket by bucket.
    gradients: stage >= 2 ? (parallel.offloadOptimizer ? 0 : each) : 1,
    optimizer: parallel.offloadOptimizer ? 0 : stage >= 1 ? each : 1,
  };
}

/** How much less a GPU holds when experts are spread: dense parts stay whole. */
function expertFactor({ arch, parallel }: EstimateSpec): number {
  if (arch.moe === undefined || parallel.expert === 1) return 1;
  const { experts, expertIntermediateSize } = arch.moe;
  const sparse = 3 * arch.hiddenSize * expertIntermediateSize * experts;
  const dense = 4 * arch.hiddenSize * arch.heads * arch.headDim;
  return (sparse + dense) / (sparse / parallel.expert + dense);
}

function divide(
  sample: TimelineSample,
  kept: Kept,
  spec: EstimateSpec,
  whole: Estimate,
): TimelineSample {
  const shares = withFlatGradients(
    sample.components.map(({ component, bytes: size }) => ({
      component,
      bytes: bytes(Math.round(size * (kept[component] ?? 1))),
    })),
    spec,
    whole,
  );
  const own = shares.find((share) => share.component === 'buffers')?.bytes ?? 0;
  const buffers = bytes(Math.round(own + buffersOf(sample, spec, whole)));
  const components: readonly ComponentShare[] = [
    ...shares.filter((share) => share.component !== 'buffers'),
    { component: 'buffers' as const, bytes: buffers },
  ]
    .filter((share) => share.bytes > 0)
    .sort((a, b) => b.bytes - a.bytes);
  const total = bytes(components.reduce((sum, share) => sum + share.bytes, 0));
  return { ...sample, components, total };
}

/** `reduce_bucket_size` of most configs in use, in elements: 2e8 (HF "auto" takes hidden²). */
const BUCKET = 2e8;
/** `stage3_max_live_parameters` of DeepSpeed. */
const LIVE = 1e9;

/** `sub_group_size` of DeepSpeed: so many of a rank's own elements are updated at a time. */
const SUB_GROUP = 1e9;

/** ZeRO-3 keeps a rank's gradients in one flat tensor from the start, in the parameters' dtype. */
function withFlatGradients(
  shares: readonly ComponentShare[],
  spec: EstimateSpec,
  whole: Estimate,
): readonly ComponentShare[] {
  const { engine, zeroStage, offloadOptimizer } = spec.parallel;
  if (engine !== 'deepspeed' || zeroStage < 3 || offloadOptimizer) return shares;
  const flat = bytes(Math.round((2 * whole.trainableParams) / dataRanks(spec)));
  const own = shares.find((share) => share.component === 'gradients')?.bytes ?? 0;
  const rest = shares.filter((share) => share.component !== 'gradients');
  return [...rest, { component: 'gradients', bytes: bytes(Math.max(own, flat)) }];
}

/** Bytes that DeepSpeed's ZeRO takes to gather, to reduce and to step, above what it keeps. */
function zeroBuffers({ phase }: TimelineSample, spec: EstimateSpec, whole: Estimate): number {
  const { zeroStage, offloadOptimizer } = spec.parallel;
  if (zeroStage === 0) return 0;
  const bucket = 2 * Math.min(BUCKET, whole.trainableParams);
  const own = whole.trainableParams / dataRanks(spec);
  // Gradients are flattened in 16 bit, then copied to fp32: the whole share, or a sub-group of it.
  const stepped = zeroStage === 3 ? Math.min(SUB_GROUP, own) : own;
  const step = phase === 'optimizer' && !offloadOptimizer ? (2 + 4) * stepped : 0;
  const gathered = zeroStage === 3 && computes(phase) ? 2 * Math.min(LIVE, whole.totalParams) : 0;
  return bucket + gathered + step;
}

const computes = (phase: TimelineSample['phase']): boolean =>
  phase === 'forward' || phase === 'loss' || phase === 'backward';

/** Bytes that gathering and reducing take in a phase. */
function buffersOf(sample: TimelineSample, spec: EstimateSpec, whole: Estimate): number {
  const { parallel } = spec;
  if (parallel.engine === 'deepspeed') return zeroBuffers(sample, spec, whole);
  if (dataRanks(spec) <= 1) return 0;
  if (parallel.engine === 'fsdp' || parallel.engine === 'fsdp2')
    return computes(sample.phase) ? fsdpUnits(spec, whole) : 0;
  const gradients = sample.components.find((share) => share.component === 'gradients');
  // DistributedDataParallel keeps gradients a second time, in its buckets.
  return parallel.engine === 'none' ? (gradients?.bytes ?? 0) : 0;
}

/** Two decoder layers (this one and the next) and the embeddings, gathered in 16 bit. */
function fsdpUnits({ arch }: EstimateSpec, whole: Estimate): number {
  const embeddings = arch.vocabSize * arch.hiddenSize * (arch.tieWordEmbeddings ? 1 : 2);
  const layer = Math.max(0, whole.totalParams - embeddings) / arch.layers;
  return 2 * (2 * layer + embeddings);
}

function scale(interval: Interval, by: number): Interval {
  const times = (b: Bytes): Bytes => bytes(Math.round(b * by));
  return {
    low: times(interval.low),
    expected: times(interval.expected),
    high: times(interval.high),
  };
}

function plus(interval: Interval, more: Bytes): Interval {
  return {
    low: bytes(interval.low + more),
    expected: bytes(interval.expected + more),
    high: bytes(interval.high + more),
  };
}
