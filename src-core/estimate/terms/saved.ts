import { deltaWidths } from '../../facts/params.ts';
import { variantOf } from '../../facts/varied.ts';
import { passesMask } from '../blocks/embed.ts';
import { familyOf, joinsRotated } from '../family.ts';
import { ligerParts } from '../liger.ts';
import type { LinearShape, ModelShape } from '../params.ts';
import type { EstimateSpec } from '../spec.ts';
import { byteSize } from './optimizers.ts';

/** The widths that decide how much a layer keeps, in bytes per element. */
export interface Widths {
  /** Residual stream, and weights outside quantised layers. */
  readonly wide: number;
  /** Inputs of matrix products. */
  readonly compute: number;
  /** Results of the linear layers. */
  readonly out: number;
  /** Adapter weights; 0 without adapters. */
  readonly adapter: number;
  /** Autocast is on. */
  readonly casts: boolean;
  /** bitsandbytes holds the base weights. */
  readonly packed: boolean;
}

/** The widths of `spec`. */
export function widthsOf(spec: EstimateSpec): Widths {
  const { quantization, adapter } = spec;
  const casts = spec.mixedPrecision !== 'none';
  const base = adapter === null && spec.method !== 'freeze' ? spec.trainableDtype : spec.loadDtype;
  const wide = quantization?.kbitPrepare ? 4 : byteSize(base);
  const compute = casts ? 2 : wide;
  return {
    wide,
    compute,
    out: quantization === null ? compute : wide,
    adapter: adapter === null ? 0 : byteSize(adapter.dtype),
    casts,
    packed: quantization !== null,
  };
}

/** Bytes per token that a decoder layer keeps for backward, on average over the kinds of layers. */
export function meanSaved(spec: EstimateSpec, shape: ModelShape, trains: boolean): number {
  if (shape.variants.length === 0) return layerSaved(spec, shape, trains);
  const { layers } = spec.arch;
  const kept = shape.variants.map((one) => layerSaved({ ...spec, arch: one.arch }, one, trains));
  let sum = 0;
  for (let layer = 0; layer < layers; layer++) sum += kept[variantOf(spec.arch, layer)] ?? 0;
  return sum / layers;
}

/** Bytes per token that one decoder layer keeps for backward. `trains`: its own weights train. */
function layerSaved(spec: EstimateSpec, shape: ModelShape, trains: boolean): number {
  const w = widthsOf(spec);
  const { hiddenSize: h } = spec.arch;
  const { family } = shape;
  const norms = family.norms === 'pre-post' ? 4 : family.sharedNorm ? 1 : 2;
  const normed = family.norm === 'layer' && w.casts ? 4 : w.wide;
  const full = mixerSaved(spec, shape, w, trains, normed);
  const { delta } = spec.arch;
  const mixer =
    delta === undefined
      ? full
      : full / delta.interval +
        deltaSaved(spec, shape, w, trains, normed) * (1 - 1 / delta.interval);
  return (
    norms * normSaved(spec, w, h, 1, trains, 'layer') +
    mixer +
    mlpSaved(spec, shape, trains) +
    adaptedResults(spec, shape, w)
  );
}

/** What attention keeps, its projections and the norms of queries and keys included. */
function mixerSaved(
  spec: EstimateSpec,
  shape: ModelShape,
  w: Widths,
  trains: boolean,
  normed: number,
): number {
  const { hiddenSize: h, heads, kvHeads } = spec.arch;
  const { family, q, kv, attention } = shape;
  const head =
    family.qkNorm === 'none' ? 0 : normSaved(spec, w, q + kv, heads + kvHeads, trains, 'head');
  const output = attention.slice(-1);
  const gate = family.outputGate ? 2 * w.compute * q : 0;
  return (
    head +
    gate +
    inputs(spec, w, attention.slice(0, -1), h, trains, normed) +
    attentionSaved(spec, shape, w) +
    // The output projection's input is the attention's result, counted there, or a copy of it.
    inputs(spec, w, output, q, trains, w.compute) -
    (spec.batching === 'full' && turnsResult(spec, shape)
      ? 0
      : sharedInput(spec, w, output, trains, w.compute) * q)
  );
}

/**
 * What a gated delta net keeps with flash-linear-attention: its convolution's input and result,
 * queries, keys and values, a matrix for each chunk, what its gated norm works with, and its result.
 */
function deltaSaved(
  spec: EstimateSpec,
  { arch, delta }: ModelShape,
  w: Widths,
  trains: boolean,
  normed: number,
): number {
  if (delta === null || arch.delta === undefined) return 0;
  const { linears } = delta;
  const { mixed, values } = deltaWidths(arch.delta);
  const rule = 3 * values + 64 * arch.delta.valueHeads;
  const gatedNorm = 12 * values + (trains ? 2 : 1) * w.compute * values;
  return (
    inputs(spec, w, linears.slice(0, -1), spec.arch.hiddenSize, trains, normed) +
    w.compute * (2 * mixed + rule) +
    gatedNorm +
    inputs(spec, w, linears.slice(-1), values, trains, w.compute)
  );
}

/** Bytes per token that the feed-forward block keeps, its norm apart. */
export function mlpSaved(spec: EstimateSpec, shape: ModelShape, trains: boolean): number {
  const w = widthsOf(spec);
  const { hiddenSize: h, intermediateSize: i } = spec.arch;
  const read = shape.family.norm === 'layer' && w.casts ? 4 : w.wide;
  return (
    inputs(spec, w, shape.mlp.slice(0, -1), h, trains, read) +
    feedForward(spec, shape, w, trains) +
    inputs(spec, w, shape.mlp.slice(-1), i, trains, w.out)
  );
}

/** Sequences per sample: a preference pair is two, and so are the least that embeddings are compared with. */
export function pairFactor(spec: EstimateSpec): number {
  return ['dpo', 'orpo', 'simpo', 'cpo', 'reward', 'embed'].includes(spec.stage) ? 2 : 1;
}

const isMasked = (spec: EstimateSpec): boolean =>
  passesMask(spec, spec.sequenceLength, spec.microBatch * pairFactor(spec));

/** Whether attention holds all scores: eager, or torch's fallback for fp32 with grouped heads. */
export function keepsScores(spec: EstimateSpec, { q, kv }: ModelShape): boolean {
  if (spec.attention === 'eager') return true;
  const wide = widthsOf(spec).compute === 4 && !isMasked(spec);
  return spec.attention === 'sdpa' && wide && kv < q;
}

/**
 * Whether attention's result has to be turned round (`transpose(1, 2).contiguous()`): torch's flash kernel lays it
 * out as the queries are, heads before tokens where a rotated part was joined with the rest (`torch.cat`).
 */
export function turnsResult(spec: EstimateSpec, { family }: ModelShape): boolean {
  return joinsRotated(family) && spec.attention === 'sdpa' && ligerParts(spec)?.rotary !== true;
}

/** What lies between the products of the feed-forward block. */
function feedForward(spec: EstimateSpec, shape: ModelShape, w: Widths, trains: boolean): number {
  const i = w.out * spec.arch.intermediateSize;
  if (shape.family.mlp === 'gated') return (ligerParts(spec)?.mlp ? 2 : 3) * i;
  const read = sharedInput(spec, w, shape.mlp.slice(-1), trains, w.out) > 0;
  return shape.family.act === 'relu' && read ? 0 : i;
}

/** DoRA scales the base's result and its own, and keeps both. */
function adaptedResults(spec: EstimateSpec, shape: ModelShape, w: Widths): number {
  if (spec.method !== 'dora') return 0;
  const hit = [...shape.attention, ...shape.mlp].filter((l) => adapts(spec, l));
  const dropped = (spec.adapter?.dropout ?? 0) > 0;
  const outs = hit.reduce((sum, l) => sum + l.outFeatures, 0);
  return outs * (w.compute + (dropped ? w.compute : w.out));
}

/** What a norm over `width` elements in `rows` rows a token keeps. */
export function normSaved(
  spec: EstimateSpec,
  w: Widths,
  width: number,
  rows: number,
  trains: boolean,
  place: 'layer' | 'head',
): number {
  const liger = ligerParts(spec);
  const fused = place === 'layer' ? liger?.norms : liger?.headNorms;
  const own = place === 'layer' ? w.wide : w.out;
  if (fused) return own * width + 4 * rows;
  if (spec.arch.normType === 'layernorm' || familyOf(spec.arch).norm === 'layer')
    return (w.casts ? 4 : own) * width + 8 * rows;
  if (familyOf(spec.arch).norm === 'bare') return 4 * width + 8 * rows;
  const scaled = familyOf(spec.arch).norm === 'rms' ? own : 4;
  return 4 * width + 4 * rows + (trains ? scaled * width : 0);
}

function adapts(spec: EstimateSpec, linear: LinearShape): boolean {
  const { adapter } = spec;
  if (adapter === null) return false;
  return adapter.targets === 'all-linear' || adapter.targets.includes(linear.name);
}

/**
 * What linear layers that read one tensor of `width` keep of it, and of their adapters' middle.
 * `read`: bytes per element of that tensor.
 */
function inputs(
  spec: EstimateSpec,
  w: Widths,
  linears: readonly LinearShape[],
  width: number,
  trains: boolean,
  read: number,
): number {
  const shared = sharedInput(spec, w, linears, trains, read) * width;
  if (trains) return shared + (w.casts && read > 2 ? linears.length * 2 : 0) * width;
  const hit = linears.filter((l) => adapts(spec, l)).length;
  const middle = hit * w.compute * (spec.adapter?.rank ?? 0);
  return shared + hit * privateInput(spec, w, read) * width + middle;
}

/** Bytes per element that readers share: the tensor itself, where nothing casts or drops it. */
function sharedInput(
  spec: EstimateSpec,
  w: Widths,
  linears: readonly LinearShape[],
  trains: boolean,
  read: number,
): number {
  if (trains) return w.casts && read > 2 ? 0 : read;
  const hit = linears.some((l) => adapts(spec, l));
  return hit && privateInput(spec, w, read) === 0 ? read : 0;
}

/** Bytes per element that each adapter keeps for itself: its cast of the input, its dropout mask. */
function privateInput(spec: EstimateSpec, w: Widths, read: number): number {
  const drops = (spec.adapter?.dropout ?? 0) > 0;
  // bitsandbytes layers do not cast their input under autocast.
  const own = w.packed && w.casts ? read : w.adapter;
  const product = w.casts ? 2 : w.adapter;
  const copies = own !== read || product !== own;
  return (copies || drops ? product : 0) + (drops ? 1 : 0);
}

/** Queries, keys, values, result and row sums of fused attention, or eager attention's weights. */
function attentionSaved(spec: EstimateSpec, shape: ModelShape, w: Widths): number {
  const { heads } = spec.arch;
  const { q, kv } = shape;
  if (spec.attention !== 'eager' && keepsScores(spec, shape))
    return 4 * (heads * spec.sequenceLength + 3 * q);
  if (spec.attention !== 'eager') {
    const masked = spec.attention === 'sdpa' && isMasked(spec);
    // The mask is a number for every token of the sequence.
    const keys = masked ? 2 * q + spec.sequenceLength : 2 * kv;
    return w.compute * (2 * q + keys) + 4 * heads;
  }
  // With sinks the softmax is kept in the format of the scores, and nothing beside it.
  const wide = shape.family.sinks ? 0 : 4;
  const kept = shape.family.sinks || w.compute < 4 ? w.compute : 0;
  const scores = (wide + kept) * heads * spec.sequenceLength;
  return scores + w.compute * (2 * q + 2 * q);
}
