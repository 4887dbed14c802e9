import type { ArchSpec } from '../facts/model.ts';
import { keyProjections } from '../facts/varied.ts';
import type { LinearShape } from './params.ts';

const linear = (name: string, inFeatures: number, outFeatures: number): LinearShape => ({
  name,
  inFeatures,
  outFeatures,
  bias: false,
});

/** Gemma 4: queries, keys and values where the layer has them, and the result. */
export function variedLinears(
  arch: ArchSpec,
  q: number,
  kv: number,
  variant: number,
): readonly LinearShape[] {
  const { hiddenSize: h } = arch;
  const keys = ['k_proj', 'v_proj'].slice(0, keyProjections(arch, variant));
  return [
    linear('q_proj', h, q),
    ...keys.map((name) => linear(name, h, kv)),
    linear('o_proj', q, h),
  ];
}

/** Norms around attention and feed-forward, around experts, of the layer's own embedding, of queries and keys. */
export function variedNorms(arch: ArchSpec, variant: number): readonly number[] {
  const { hiddenSize: h, moe, varied, headDim } = arch;
  const around = 4 + (moe === undefined ? 0 : 3) + (varied?.perLayer === undefined ? 0 : 1);
  const heads = keyProjections(arch, variant) > 0 ? [headDim, headDim] : [headDim];
  return [...Array.from({ length: around }, () => h), ...heads];
}

/** To the width of a layer's own embedding and back; empty where layers have none. */
export function perLayerLinears({ hiddenSize: h, varied }: ArchSpec): readonly LinearShape[] {
  const width = varied?.perLayer;
  if (width === undefined) return [];
  return [linear('per_layer_input_gate', h, width), linear('per_layer_projection', width, h)];
}

/** From token embeddings to the inputs of all layers' own embeddings; empty where there are none. */
export function perLayerInput({ hiddenSize: h, layers, varied }: ArchSpec): readonly LinearShape[] {
  const width = varied?.perLayer ?? 0;
  return width > 0 ? [linear('per_layer_model_projection', h, layers * width)] : [];
}

/**
 * Parameters of a sparse layer beside its matrices: in Gemma 4 the router's scales for each feature and each
 * expert, in gpt-oss the biases of experts and router and the logit of each head.
 */
export function besideExperts(
  { varied, moe, hiddenSize: h, heads }: ArchSpec,
  sinks: boolean,
): readonly number[] {
  if (moe === undefined) return [];
  if (varied !== undefined) return [h, moe.experts];
  const { experts, expertIntermediateSize: i } = moe;
  return sinks ? [experts * 2 * i, experts * h, experts, heads] : [];
}
