import { dataRanks, embeddingOf, layerOf } from './engine.ts';
import { EMBEDDING, endsBackward } from './moments.ts';
import { layerBytes } from './packed.ts';
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
  const { one, all } = embeddingOf(spec);
  const layer = layerBytes(spec, totalParams);
  const trained = trainableParams / totalParams;
  const { engine, offloadParams } = spec.parallel;
  // Version 1 brings a unit's own part from the host, and has it there as long as the whole (frozen
  // parts: others are cast on the way, `_use_low_precision_shard`).
  const brought = engine === 'fsdp' && offloadParams ? (1 - trained) / dataRanks(spec) : 0;
  const held = 1 + brought;
  if (endsBackward(sample)) {
    const summed = spec.gradientAccumulation > 1 ? (4 * trained) / dataRanks(spec) : 0;
    return (2 * held + 4 * trained + summed) * one + layer * held;
  }
  // Version 2 gathers into one buffer and copies out of it: a unit stands twice until the next.
  const twice = engine === 'fsdp2';
  if (op === EMBEDDING) return ((twice ? 4 : 2) * one + 2 * layer) * held;
  const inLayers = op.startsWith('layers');
  const reduced = phase === 'backward' && inLayers ? sent(op, spec, trained, totalParams) : 0;
  const scores = phase === 'loss' || phase === 'evaluation';
  const tail = twice && !spec.arch.tieWordEmbeddings && scores ? 2 * one : 0;
  // Version 1 has embedding and head in one unit, the root, which stays.
  return (2 * (twice ? one : all) + (inLayers ? 2 * layer : 0)) * held + reduced + tail;
}

/**
 * Gradients of the unit before in 16 bit, as they are sent until the next are, and a rank's own in fp32. Before
 * the last layer that is a head of its own; a tied one waits for the embedding.
 */
function sent(op: string, spec: EstimateSpec, trained: number, totalParams: number): number {
  const { layers, tieWordEmbeddings } = spec.arch;
  const last = op.startsWith(`layers.${layers - 1}.`);
  const head = tieWordEmbeddings ? 0 : embeddingOf(spec).one;
  return (2 + 4 / dataRanks(spec)) * trained * (last ? head : layerOf(spec, totalParams));
}
