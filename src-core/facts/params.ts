import { type Family, familyOf } from './families.ts';
import type { ArchSpec, DeltaSpec, MoeSpec } from './model.ts';
import { archOfVariant, keyProjections, perLayerParams, variantOf, variedNorms } from './varied.ts';

/**
 * Parameters of a model from its dimensions, exact for the families of `families.ts`: token and
 * position embeddings, blocks, norms, an untied head, and the vision tower where its size is known.
 * A tied head counts once. Draft layers (multi-token prediction) are left out: transformers does
 * not load them. `undefined` where the family is unknown.
 */
export function countParams(arch: ArchSpec): number | undefined {
  const family = familyOf(arch.modelType);
  if (family === undefined || (arch.vision !== undefined && arch.vision.params === undefined)) {
    return undefined;
  }
  const body = family.t5
    ? t5Blocks(arch)
    : arch.varied === undefined
      ? decoderBlocks(arch, family)
      : variedBlocks(arch);
  return embeddings(arch, family) + body + head(arch, family) + (arch.vision?.params ?? 0);
}

/** Parameters of one attention block: query, key, value and output with their biases and norms. */
export function attentionParams(arch: ArchSpec): number {
  const family = familyOf(arch.modelType);
  if (arch.mla !== undefined) return latentAttention(arch);
  const q = arch.heads * arch.headDim;
  const kv = arch.kvHeads * arch.headDim;
  const weights = arch.hiddenSize * ((family?.outputGate ? 3 : 2) * q + 2 * kv);
  const bias = (arch.qkvBias ? q + 2 * kv : 0) + (arch.outBias ? arch.hiddenSize : 0);
  const norms =
    arch.qkNorm && family?.qkNorm ? (family.qkNorm === 'heads' ? q + kv : 2 * arch.headDim) : 0;
  return weights + bias + norms + (family?.sinks ? arch.heads : 0);
}

/** Parameters of one gated delta net: projections, convolution, decay, the norm of a head, output. */
function deltaParams({ hiddenSize: h }: ArchSpec, delta: DeltaSpec): number {
  const { mixed, values } = deltaWidths(delta);
  const { valueHeads, valueHeadDim, kernel } = delta;
  return h * (mixed + 2 * values + 2 * valueHeads) + kernel * mixed + 2 * valueHeads + valueHeadDim;
}

/** Features of a gated delta net's values, and of its queries, keys and values together. */
export function deltaWidths(delta: DeltaSpec): { readonly mixed: number; readonly values: number } {
  const values = delta.valueHeads * delta.valueHeadDim;
  return { mixed: 2 * delta.keyHeads * delta.keyHeadDim + values, values };
}

/** Parameters of one dense feed-forward block of `width` features between. */
export function denseMlpParams(arch: ArchSpec, width: number): number {
  const gated = isGated(arch);
  const weights = (gated ? 3 : 2) * arch.hiddenSize * width;
  return weights + (arch.mlpBias ? (gated ? 2 : 1) * width + arch.hiddenSize : 0);
}

/** Parameters of one sparse block: all experts, the shared ones, and the router. */
export function moeParams(arch: ArchSpec, moe: MoeSpec): number {
  const family = familyOf(arch.modelType);
  const router = arch.hiddenSize * moe.experts + (family?.routerBias ? moe.experts : 0);
  const shared =
    moe.sharedIntermediateSize ?? (moe.sharedExperts ?? 0) * moe.expertIntermediateSize;
  const experts = moe.experts * denseMlpParams(arch, moe.expertIntermediateSize);
  const sharedPart = shared > 0 ? denseMlpParams(arch, shared) : 0;
  return router + experts + sharedPart + (family?.sharedGate ? arch.hiddenSize : 0);
}

/** Blocks that are sparse, of `arch.layers`. */
export function sparseLayers(arch: ArchSpec): number {
  if (arch.moe === undefined) return 0;
  const behind = arch.layers - (arch.moe.denseLayers ?? 0);
  return Math.max(0, Math.floor(behind / (arch.moe.sparseStep ?? 1)));
}

function isGated(arch: ArchSpec): boolean {
  if (arch.hiddenAct?.startsWith('gated-')) return true;
  return familyOf(arch.modelType)?.mlp === 'gated';
}

function latentAttention({ hiddenSize: h, heads, mla }: ArchSpec): number {
  if (mla === undefined) return 0;
  const wide = heads * (mla.qkNopeHeadDim + mla.qkRopeHeadDim);
  const q = mla.qLoraRank ? h * mla.qLoraRank + mla.qLoraRank * (1 + wide) : h * wide;
  const kvUp = mla.kvLoraRank * (1 + heads * (mla.qkNopeHeadDim + mla.vHeadDim));
  return q + h * (mla.kvLoraRank + mla.qkRopeHeadDim) + kvUp + heads * mla.vHeadDim * h;
}

function embeddings(arch: ArchSpec, family: Family): number {
  const rows = arch.vocabSize + (arch.crossAttentionLayers ? CROSS_ATTENTION_ROWS : 0);
  const positions =
    family.positions === undefined ? 0 : (arch.maxPositionEmbeddings ?? 0) + family.positions;
  const norm = family.embeddingNorm ? family.perNorm : 0;
  return (rows + positions + norm) * arch.hiddenSize;
}

/** Llama 3.2 Vision keeps eight image tokens beyond the vocabulary, in the embedding only. */
const CROSS_ATTENTION_ROWS = 8;

function head(arch: ArchSpec, family: Family): number {
  const weights = arch.tieWordEmbeddings ? 0 : arch.vocabSize * arch.hiddenSize;
  return weights + (family.headBias ? arch.vocabSize : 0);
}

function decoderBlocks(arch: ArchSpec, family: Family): number {
  const norm = family.perNorm * arch.hiddenSize;
  const sparse = sparseLayers(arch);
  const mlp =
    (arch.layers - sparse) * denseMlpParams(arch, arch.intermediateSize) +
    (arch.moe ? sparse * moeParams(arch, arch.moe) : 0);
  const blocks = mixers(arch) + arch.layers * blockNorms(arch, family) * norm + mlp;
  return blocks + crossAttention(arch) + norm;
}

/** Blocks of Gemma 4 (`Gemma4TextDecoderLayer`), the embeddings for each of them, and the last norm. */
function variedBlocks(arch: ArchSpec): number {
  const { layers, heads, hiddenSize: h, moe } = arch;
  let n = perLayerParams(arch) + h;
  for (let layer = 0; layer < layers; layer++) {
    const variant = variantOf(arch, layer);
    const { headDim, kvHeads, intermediateSize } = archOfVariant(arch, variant);
    const keys = keyProjections(arch, variant);
    n += headDim * (h * (2 * heads + keys * kvHeads) + (keys > 0 ? 2 : 1));
    n += denseMlpParams(arch, intermediateSize) + variedNorms(arch);
    // The router has a scale for each feature and each expert.
    if (moe !== undefined) n += moeParams(arch, moe) + h + moe.experts;
  }
  return n;
}

/** Parameters of the attention of all layers, linear or not. */
function mixers(arch: ArchSpec): number {
  const { layers, delta } = arch;
  if (delta === undefined) return layers * attentionParams(arch);
  const full = Math.floor(layers / delta.interval);
  return full * attentionParams(arch) + (layers - full) * deltaParams(arch, delta);
}

/** Falcon's larger models norm attention and feed-forward apart; they are those with groups of keys. */
function blockNorms(arch: ArchSpec, family: Family): number {
  if (arch.modelType === 'falcon' && arch.kvHeads > 1) return 2;
  return family.norms;
}

/** What a cross-attention block has beyond a self-attention block: two head norms and two gates. */
function crossAttention(arch: ArchSpec): number {
  return (arch.crossAttentionLayers ?? 0) * (2 * arch.headDim + 2);
}

const T5_BUCKETS = 32;

function t5Blocks(arch: ArchSpec): number {
  const h = arch.hiddenSize;
  const attention = attentionParams(arch) + h;
  const mlp = denseMlpParams(arch, arch.intermediateSize) + h;
  const encoder = (arch.encoderLayers ?? arch.layers) * (attention + mlp);
  const decoder = arch.layers * (2 * attention + mlp);
  return encoder + decoder + 2 * (T5_BUCKETS * arch.heads + h);
}
