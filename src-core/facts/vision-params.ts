import { type Config, count } from './config-fields.ts';
import type { VisionSpec } from './model.ts';

/** A tower's dimensions with the size of the text model that it feeds. */
interface Tower {
  readonly config: Config;
  readonly spec: VisionSpec;
  readonly textHidden: number;
}

/**
 * Parameters of a vision tower with its projector, by the `model_type` of the whole model, or
 * `undefined` where the tower is not one of these. Read off the model code of transformers.
 */
export function visionParams(modelType: string, tower: Tower): number | undefined {
  if (modelType === 'qwen2_vl') return qwen2Vl(tower);
  if (modelType === 'qwen2_5_vl') return qwen25Vl(tower);
  if (modelType === 'qwen3_vl' || modelType === 'qwen3_vl_moe') return qwen3Vl(tower);
  if (modelType === 'qwen3_5' || modelType === 'qwen3_5_moe')
    return qwen3Vl({ ...tower, config: untapped(tower.config) });
  if (modelType === 'gemma3') {
    return tower.config.vision_use_head === false ? gemma3(tower) : undefined;
  }
  return modelType === 'llama4' ? llama4(tower) : undefined;
}

/** A linear layer with its bias. */
const linear = (from: number, to: number): number => from * to + to;

/** Queries, keys, values and output, all with bias. */
const attention = (d: number): number => 4 * linear(d, d);

const plainMlp = (d: number, i: number): number => linear(d, i) + linear(i, d);

/** Two layer norms with shift, attention, and a feed-forward of two projections. */
const vitBlock = (d: number, i: number): number => 4 * d + attention(d) + plainMlp(d, i);

/** Joins 2 x 2 patches and projects them to the text model, behind a norm of `norm` weights. */
const merger = (d: number, out: number, norm: number): number =>
  norm + linear(4 * d, 4 * d) + linear(4 * d, out);

/** The patch embedding over two frames of three colours. */
const framePatch = (d: number, patch: number): number => 3 * 2 * patch * patch * d;

function qwen2Vl({ spec, textHidden }: Tower): number {
  const d = spec.hiddenSize;
  const blocks = spec.layers * vitBlock(d, spec.intermediateSize);
  return framePatch(d, spec.patchSize ?? 14) + blocks + merger(d, textHidden, 2 * d);
}

function qwen25Vl({ spec, textHidden }: Tower): number {
  const d = spec.hiddenSize;
  const i = spec.intermediateSize;
  const block = 2 * d + attention(d) + 2 * linear(d, i) + linear(i, d);
  return framePatch(d, spec.patchSize ?? 14) + spec.layers * block + merger(d, textHidden, d);
}

function qwen3Vl({ config, spec, textHidden }: Tower): number {
  const d = spec.hiddenSize;
  const positions = count(config, ['num_position_embeddings']) ?? 2304;
  const indexes = config.deepstack_visual_indexes;
  const taps = Array.isArray(indexes) ? indexes.length : 3;
  const blocks = spec.layers * vitBlock(d, spec.intermediateSize);
  const mergers = merger(d, textHidden, 2 * d) + taps * merger(d, textHidden, 8 * d);
  return framePatch(d, spec.patchSize ?? 16) + d + positions * d + blocks + mergers;
}

/** Qwen3.5's tower is that of Qwen3-VL, and only its last layer goes on to the text model. */
const untapped = (config: Config): Config => ({ ...config, deepstack_visual_indexes: [] });

function gemma3({ config, spec, textHidden }: Tower): number {
  const d = spec.hiddenSize;
  const patch = spec.patchSize ?? 14;
  const patches = ((count(config, ['image_size']) ?? 896) / patch) ** 2;
  const embedding = linear(3 * patch * patch, d) + patches * d;
  const projector = d * textHidden + d;
  return embedding + spec.layers * vitBlock(d, spec.intermediateSize) + 2 * d + projector;
}

function llama4({ config, spec, textHidden }: Tower): number {
  const d = spec.hiddenSize;
  const patch = spec.patchSize ?? 14;
  const patches = ((count(config, ['image_size']) ?? 336) / patch) ** 2 + 1;
  const out = count(config, ['vision_output_dim']) ?? 4096;
  const wide = count(config, ['projector_input_dim']) ?? 4096;
  const embedding = 3 * patch * patch * d + d + patches * d + 4 * d;
  const adapter = spec.intermediateSize * wide + wide * out + out * textHidden;
  return embedding + spec.layers * vitBlock(d, spec.intermediateSize) + adapter;
}
