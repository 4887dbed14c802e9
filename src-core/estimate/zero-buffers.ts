import { filledBuckets } from './buckets.ts';
import { dataRanks, embeddingOf, toldNoFormat } from './engine.ts';
import { bytesOf, endsBackward, findsGradients } from './moments.ts';
import { layerBytes, modelBytes } from './packed.ts';
import type { Estimate, TimelineSample } from './result.ts';
import type { EstimateSpec } from './spec.ts';

/** `stage3_max_live_parameters` of DeepSpeed. */
const LIVE = 1e9;
/** `reduce_bucket_size` of DeepSpeed. */
const BUCKET = 5e8;
/** `sub_group_size` of DeepSpeed: so many of a rank's own elements are updated at a time. */
const SUB_GROUP = 1e9;

/** Elements of the buffer in which gradients are reduced. transformers' `auto` is hidden². */
function bucketOf({ arch, parallel }: EstimateSpec): number {
  const auto = parallel.zeroStage === 3 ? arch.hiddenSize ** 2 : BUCKET;
  return parallel.buckets?.reduce ?? auto;
}

/** Bytes of the buffers themselves: one, or one in use while the other is reduced. */
function bucketBytes(spec: EstimateSpec): number {
  // Stage 3 has them in what is sent, the others in the weights' dtype.
  const each = spec.parallel.zeroStage === 3 && toldNoFormat(spec) ? 4 : 2;
  return each * bucketOf(spec) * (spec.parallel.buckets?.overlap ? 2 : 1);
}

/**
 * Bytes that DeepSpeed takes above what it keeps, read from zero/stage_1_and_2.py and zero/stage3.py of
 * 0.19.6 and measured (`test/golden/vram-multi.json`). Buckets come with the first gradient that is ready
 * and go when it is reduced: the logits' gradients meet them only where stage 1 accumulates.
 */
export function zeroBuffers(sample: TimelineSample, spec: EstimateSpec, whole: Estimate): number {
  const { phase, components } = sample;
  const { zeroStage, offloadOptimizer, buckets } = spec.parallel;
  if (zeroStage === 0 || phase === 'load') return 0;
  const largest = Math.min(embeddingOf(spec).one, whole.trainableParams);
  // On its way to the host a gradient passes through a buffer of the largest one's size.
  const passage = offloadOptimizer && zeroStage < 3 ? 2 * largest : 0;
  if (phase === 'optimizer') {
    const own = bytesOf(components, 'workspace');
    return passage + (offloadOptimizer ? 0 : stepBuffers(spec, whole, own));
  }
  const ends = endsBackward(sample);
  const gathered = zeroStage === 3 ? liveBytes(spec, whole, ends) : 0;
  if (!ends) {
    const bucket = findsGradients(sample) || keepsBucket(spec) ? bucketBytes(spec) : 0;
    return passage + gathered + bucket + midway(sample, spec, whole);
  }
  // The last gradient stands twice more, or is looked through on its way to the host; with
  // `overlap_comm` those being reduced still stand.
  const copies = zeroStage === 2 && !buckets?.overlap ? 6 : 4;
  const last = Math.max((passage > 0 ? LOOKED_THROUGH : copies) * largest, flattened(spec, whole));
  const waiting =
    buckets?.overlap && !inOneBucket(spec, whole)
      ? Math.min(2 * whole.trainableParams, 2 * bucketOf(spec))
      : 0;
  return passage + gathered + bucketBytes(spec) + last + waiting;
}

/**
 * A bucket that is full while layers are recomputed is reduced beside what one layer holds: in one piece and in
 * fp32, where DeepSpeed is told no format. Without checkpoints less is left by then than in the last layer.
 */
function midway(sample: TimelineSample, spec: EstimateSpec, whole: Estimate): number {
  const { parallel, checkpointing } = spec;
  const fills = parallel.zeroStage === 2 && toldNoFormat(spec) && !inOneBucket(spec, whole);
  if (!fills || !findsGradients(sample) || checkpointing.mode === 'none') return 0;
  return (2 + 4) * filledBuckets(spec, bucketOf(spec)).first;
}

/** What is in a bucket stands in one piece, and in fp32 where that is what is sent. */
function flattened(spec: EstimateSpec, whole: Estimate): number {
  const { trainableParams } = whole;
  const one = inOneBucket(spec, whole);
  if (toldNoFormat(spec)) {
    if (one) return (2 + 4) * trainableParams;
    const { first, later } = filledBuckets(spec, bucketOf(spec));
    // From the second on a rank's own part of what was reduced is there, too (`grads_in_partition`).
    const own = (2 * trainableParams) / dataRanks(spec);
    const [before, beside] = spec.parallel.zeroStage === 1 ? [0, own] : [own, 0];
    return Math.max((2 + 4) * first - before, (2 + 4) * later + beside);
  }
  // Stage 1 has no gradients left beside it.
  return spec.parallel.zeroStage === 2 && one ? 2 * trainableParams : 0;
}

/** Whether all gradients wait in one bucket until the backward pass is through. */
export function inOneBucket(spec: EstimateSpec, { trainableParams }: Estimate): boolean {
  return spec.parallel.zeroStage < 3 && trainableParams <= bucketOf(spec);
}

/** Stage 1 keeps its bucket from one micro batch to the next, stage 3 makes it at the start. */
function keepsBucket({ gradientAccumulation, parallel }: EstimateSpec): boolean {
  return parallel.zeroStage === 3 || (gradientAccumulation > 1 && parallel.zeroStage === 1);
}

/**
 * Parameters that are gathered at a time: those at work, and as many as may live on; the backward pass lets
 * go of what it is through with. A frozen embedding that is not the head, too, has no use for one.
 */
function liveBytes(spec: EstimateSpec, { totalParams }: Estimate, ends: boolean): number {
  const { one } = embeddingOf(spec);
  const all = modelBytes(spec, totalParams);
  const used = spec.adapter !== null && !spec.arch.tieWordEmbeddings ? all - 2 * one : all;
  const atWork = 2 * one + 2 * layerBytes(spec, totalParams);
  if (ends) return Math.min(used, atWork);
  const live = spec.parallel.buckets?.live ?? LIVE;
  return Math.min(used, live >= LIVE ? 2 * live : 2 * live + atWork);
}

/**
 * A step: gradients are flattened in 16 bit, then copied to fp32, the whole share or a sub-group of it. The
 * temporaries of the optimizer, in bytes, come when the flattened ones are gone.
 * Before, the largest of them is looked through.
 */
function stepBuffers(spec: EstimateSpec, whole: Estimate, temporaries: number): number {
  const own = whole.trainableParams / dataRanks(spec);
  const stepped = spec.parallel.zeroStage === 3 ? Math.min(SUB_GROUP, own) : own;
  const looked = spec.parallel.zeroStage === 3 ? 0 : Math.min(embeddingOf(spec).one, own);
  return Math.max(4 * stepped, Math.max((2 + 4) * stepped, LOOKED_THROUGH * looked) - temporaries);
}

/** Bytes for each element of a gradient that is looked through for infinities: fp32 and three masks. */
const LOOKED_THROUGH = 4 + 1 + 1 + 1 + 4;
