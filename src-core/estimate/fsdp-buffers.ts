import { dataRanks, embeddingOf, layerOf } from './engine.ts';
import { EMBEDDING, endsBackward } from './moments.ts';
import type { Estimate, TimelineSample } from './result.ts';
import type { EstimateSpec } from './spec.ts';

/**
 * Bytes that FSDP takes above its shards, read from accelerate's `fsdp2_prepare_model` and torch's
 * `_fsdp_param_group.py`, and measured (`test/golden/vram-multi.json`): what is gathered in 16 bit, which is
 * the embeddings in use and two decoder layers, this one and the next, and gradients before they are reduced
 * in fp32.
 */
export function fsdpBuffers(
  sample: TimelineSample,
  spec: EstimateSpec,
  { totalParams, trainableParams }: Estimate,
): number {
  const { phase, op } = sample;
  if (phase === 'optimizer') return 0;
  const { one } = embeddingOf(spec);
  const layer = layerOf(spec, totalParams);
  const trained = trainableParams / totalParams;
  if (endsBackward(sample)) {
    const summed = spec.gradientAccumulation > 1 ? (4 * trained) / dataRanks(spec) : 0;
    return (2 + 4 * trained + summed) * one + 2 * layer;
  }
  // Version 2 gathers into one buffer and copies out of it: a unit stands twice until the next.
  const twice = spec.parallel.engine === 'fsdp2';
  if (op === EMBEDDING) return (twice ? 4 : 2) * one + 4 * layer;
  const inLayers = op.startsWith('layers');
  const reduced = phase === 'backward' && inLayers ? (2 + 4) * trained * layer : 0;
  const tail =
    twice && !spec.arch.tieWordEmbeddings && !inLayers && phase !== 'forward' ? 2 * one : 0;
  return 2 * (one + (inLayers ? 2 * layer : 0)) + reduced + tail;
}
