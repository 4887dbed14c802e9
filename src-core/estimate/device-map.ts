import { layerParams, type ModelShape, shapeOf, totalParams } from './params.ts';
import type { EstimateSpec } from './spec.ts';
import { widthsOf } from './terms/saved.ts';

/** What one card holds of a model whose layers `device_map` spreads over several. */
export interface Card {
  readonly first: boolean;
  readonly embeds: boolean;
  readonly layers: number;
  readonly head: boolean;
}

/** Whether one process spreads the layers over its cards, one after another. */
export function spreadsLayers({ parallel }: EstimateSpec): boolean {
  return parallel.pipeline > 1 && parallel.engine !== 'megatron';
}

/**
 * Where `device_map="auto"` puts the parts of a decoder: each card but the last takes its share and a
 * quarter more than one layer, the first keeps room for the largest part that is still to come, and a
 * head that is tied to the embedding goes where that is. transformers 5.17
 * integrations/accelerate.py, `get_balanced_memory` and `infer_auto_device_map`; bitsandbytes lets it
 * fill 90 % (quantizer_bnb_4bit.py, `adjust_max_memory`).
 */
export function cardsOf(spec: EstimateSpec): readonly Card[] {
  const { pipeline } = spec.parallel;
  const shape = shapeOf(spec.arch);
  const { wide } = widthsOf(spec);
  const { embedding, layers, head } = partSizes(spec, shape, wide);
  const whole = layers.reduce((a, b) => a + b, embedding + head);
  const filled = spec.quantization?.method === 'bnb' ? 0.9 : 1;
  const share = (whole / pipeline + 1.25 * Math.max(...layers)) * filled;
  const parts = [embedding, ...layers, ...(shape.head > 0 ? [head] : [])];
  const places = placed(parts, share, pipeline);
  const headAt = shape.head > 0 ? places.at(-1) : places[0];
  return Array.from({ length: pipeline }, (_, card) => ({
    first: card === 0,
    embeds: places[0] === card,
    layers: places.slice(1, layers.length + 1).filter((at) => at === card).length,
    head: headAt === card,
  }));
}

/** Bytes of the parts, in order. */
function partSizes(spec: EstimateSpec, shape: ModelShape, wide: number) {
  const { quantization, arch } = spec;
  const each = quantization === null ? wide : quantization.bits / 8;
  return {
    embedding: (shape.embedding + shape.positionTable) * wide,
    layers: Array.from({ length: arch.layers }, (_, i) => layerParams(shape, i) * each),
    head: shape.head * wide,
  };
}

/** The card of each part. */
function placed(parts: readonly number[], share: number, cards: number): readonly number[] {
  let card = 0;
  let used = 0;
  return parts.map((size, i) => {
    const later = card === 0 ? Math.max(0, ...parts.slice(i + 1)) : 0;
    if (card < cards - 1 && used + size > share - later) {
      card += 1;
      used = 0;
    }
    used += size;
    return card;
  });
}

/** Elements of the embedding and of a head of its own, over those of the model with `layers` layers. */
export function endsOf(spec: EstimateSpec): {
  readonly embedding: number;
  readonly head: number;
  readonly all: number;
} {
  const shape = shapeOf(spec.arch);
  return {
    embedding: shape.embedding + shape.positionTable,
    head: shape.head + shape.headBias,
    all: totalParams(shape),
  };
}
