import type { ArchSpec } from '../facts/model.ts';
import { deltaWidths } from '../facts/params.ts';
import { archOfVariant, perLayerParams, VARIANTS, variantOf } from '../facts/varied.ts';
import { type Family, familyOf } from './family.ts';
import { besideExperts, perLayerLinears, variedLinears, variedNorms } from './varied-shape.ts';

/** One linear layer. Features in and out; `name` as PEFT's targets know it. */
export interface LinearShape {
  readonly name: string;
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly bias: boolean;
}

/** The parameters of a decoder, by the shapes that memory depends on. */
export interface ModelShape {
  readonly arch: ArchSpec;
  readonly family: Family;
  /** Width of all query heads and of all key (or value) heads. */
  readonly q: number;
  readonly kv: number;
  /** Linear layers of one decoder layer outside the experts, in order of use. */
  readonly attention: readonly LinearShape[];
  readonly mlp: readonly LinearShape[];
  /** What most layers have in place of attention; null: none has. */
  readonly delta: DeltaShape | null;
  /** Of a layer with an embedding of its own: to its width and back; else empty. */
  readonly perLayer: readonly LinearShape[];
  /** The shapes of the layers' kinds, where they differ in width (Gemma 4); else empty. */
  readonly variants: readonly ModelShape[];
  /** Sizes (elements) of the other parameters of one layer: norm weights and biases. */
  readonly norms: readonly number[];
  /** Expert stacks of one sparse layer, elements; empty when dense. */
  readonly experts: readonly number[];
  /** Router and shared expert gate. */
  readonly router: readonly LinearShape[];
  readonly sharedExpert: readonly LinearShape[];
  readonly embedding: number;
  /** All of a vision tower. */
  readonly tower: number;
  readonly positionTable: number;
  readonly finalNorm: readonly number[];
  /** Elements of the head, 0 when tied. */
  readonly head: number;
  readonly headBias: number;
}

/** A gated delta net: its linear layers in order of use, the last for its result. */
export interface DeltaShape {
  readonly linears: readonly LinearShape[];
  /** Elements of the convolution, of two vectors with a number for each head, and of a norm. */
  readonly others: readonly number[];
}

/** Whether decoder layer `index` is a gated delta net. */
export function isDelta({ delta }: ArchSpec, index: number): boolean {
  return delta !== undefined && (index + 1) % delta.interval !== 0;
}

/** The shape of decoder layer `index`. */
export function shapeAt(shape: ModelShape, index: number): ModelShape {
  return shape.variants[variantOf(shape.arch, index)] ?? shape;
}

/** Linear layers of decoder layer `index` outside the stacks of experts. */
export function linearsOf(shape: ModelShape, index: number): readonly LinearShape[] {
  const { arch, attention, delta, mlp, sharedExpert, perLayer } = shapeAt(shape, index);
  const mixer = delta !== null && isDelta(arch, index) ? delta.linears : attention;
  return [...mixer, ...(isSparse(arch, index) ? sharedExpert : mlp), ...perLayer];
}

/** Whether decoder layer `index` has experts. */
export function isSparse(arch: ArchSpec, index: number): boolean {
  const moe = arch.moe;
  if (moe === undefined || index < (moe.denseLayers ?? 0)) return false;
  return (index + 1) % (moe.sparseStep ?? 1) === 0;
}

/** The shapes of `arch`. */
export function shapeOf(arch: ArchSpec): ModelShape {
  const shape = uniform(arch, 0);
  if (arch.varied === undefined) return shape;
  return { ...shape, variants: VARIANTS.map((kind) => uniform(archOfVariant(arch, kind), kind)) };
}

/** The shapes of a model whose layers are all of this kind. */
function uniform(arch: ArchSpec, variant: number): ModelShape {
  const family = familyOf(arch);
  const { hiddenSize: h } = arch;
  const q = arch.heads * arch.headDim;
  const kv = arch.kvHeads * arch.headDim;
  const norm = family.norm === 'bare' ? [] : family.normBias ? [h, h] : [h];
  const table = (arch.maxPositionEmbeddings ?? 2048) + family.positionOffset;
  return {
    arch,
    family,
    q,
    kv,
    attention:
      arch.varied === undefined
        ? attentionLinears(arch, family, q, kv)
        : variedLinears(arch, q, kv, variant),
    mlp: mlpLinears(family, h, arch.intermediateSize),
    delta: deltaShape(arch),
    perLayer: perLayerLinears(arch),
    variants: [],
    norms: arch.varied === undefined ? layerNorms(arch, family, q, kv) : variedNorms(arch, variant),
    experts: expertStacks(arch),
    router: routerLinears(arch),
    sharedExpert: sharedExpert(arch, family),
    embedding: arch.vocabSize * h,
    tower: arch.vision?.params ?? 0,
    positionTable: family.positions === 'learned' ? table * h : 0,
    finalNorm: norm,
    head: arch.tieWordEmbeddings ? 0 : arch.vocabSize * h,
    headBias: family.headBias ? arch.vocabSize : 0,
  };
}

function linear(name: string, inFeatures: number, outFeatures: number, bias: boolean): LinearShape {
  return { name, inFeatures, outFeatures, bias };
}

function attentionLinears(
  arch: ArchSpec,
  family: Family,
  q: number,
  kv: number,
): readonly LinearShape[] {
  const { hiddenSize: h, mla } = arch;
  const { names } = family;
  if (mla !== undefined) {
    const head = mla.qkNopeHeadDim + mla.qkRopeHeadDim;
    const { heads } = arch;
    const queries =
      mla.qLoraRank === undefined
        ? [linear('q_proj', h, heads * head, false)]
        : [
            linear('q_a_proj', h, mla.qLoraRank, false),
            linear('q_b_proj', mla.qLoraRank, heads * head, false),
          ];
    return [
      ...queries,
      linear('kv_a_proj_with_mqa', h, mla.kvLoraRank + mla.qkRopeHeadDim, false),
      linear('kv_b_proj', mla.kvLoraRank, heads * (mla.qkNopeHeadDim + mla.vHeadDim), false),
      linear('o_proj', heads * mla.vHeadDim, h, false),
    ];
  }
  const out = linear(names.o, q, h, family.outBias);
  if (family.fusedQkv !== 'none') return [linear(names.qkv, h, q + 2 * kv, family.qkvBias), out];
  return [
    linear(names.q, h, family.outputGate ? 2 * q : q, family.qkvBias),
    linear(names.k, h, kv, family.qkvBias),
    linear(names.v, h, kv, family.qkvBias),
    out,
  ];
}

function deltaShape({ hiddenSize: h, delta, modelType }: ArchSpec): DeltaShape | null {
  if (delta === undefined) return null;
  const { mixed, values } = deltaWidths(delta);
  const { valueHeads, valueHeadDim, kernel } = delta;
  const inputs =
    modelType === 'qwen3_next'
      ? [
          linear('in_proj_qkvz', h, mixed + values, false),
          linear('in_proj_ba', h, 2 * valueHeads, false),
        ]
      : [
          linear('in_proj_qkv', h, mixed, false),
          linear('in_proj_z', h, values, false),
          linear('in_proj_b', h, valueHeads, false),
          linear('in_proj_a', h, valueHeads, false),
        ];
  return {
    linears: [...inputs, linear('out_proj', values, h, false)],
    others: [mixed * kernel, valueHeads, valueHeads, valueHeadDim],
  };
}

function mlpLinears(family: Family, h: number, i: number): readonly LinearShape[] {
  const { names, mlpBias } = family;
  const down = linear(names.down, i, h, mlpBias);
  if (family.mlp === 'plain') return [linear(names.up, h, i, mlpBias), down];
  if (family.fusedGateUp) return [linear(names.gateUp, h, 2 * i, mlpBias), down];
  return [linear(names.gate, h, i, mlpBias), linear(names.up, h, i, mlpBias), down];
}

function layerNorms(arch: ArchSpec, family: Family, q: number, kv: number): readonly number[] {
  const { hiddenSize: h } = arch;
  if (family.norm === 'bare') return [];
  const one = family.normBias ? [h, h] : [h];
  if (family.sharedNorm) return one;
  const body = family.norms === 'pre-post' ? [...one, ...one, ...one, ...one] : [...one, ...one];
  if (family.qkNorm === 'head') body.push(arch.headDim, arch.headDim);
  if (family.qkNorm === 'full') body.push(q, kv);
  if (arch.mla !== undefined) body.push(arch.mla.kvLoraRank);
  if (arch.mla?.qLoraRank !== undefined) body.push(arch.mla.qLoraRank);
  return body;
}

function expertStacks(arch: ArchSpec): readonly number[] {
  const { moe, hiddenSize: h } = arch;
  if (moe === undefined) return [];
  const one = moe.expertIntermediateSize * h;
  return [moe.experts * 2 * one, moe.experts * one];
}

function routerLinears(arch: ArchSpec): readonly LinearShape[] {
  const { moe, hiddenSize: h } = arch;
  if (moe === undefined) return [];
  const gate = linear('gate', h, moe.experts, false);
  const hasSharedGate = /^(?:qwen2_moe|qwen3_5_moe|qwen3_next)/.test(arch.modelType);
  if (arch.varied !== undefined) return [linear('proj', h, moe.experts, false)];
  return hasSharedGate ? [gate, linear('shared_expert_gate', h, 1, false)] : [gate];
}

/** What runs beside the experts: a shared one, or in Gemma 4 the dense block. */
function sharedExpert(arch: ArchSpec, family: Family): readonly LinearShape[] {
  const { moe, hiddenSize: h } = arch;
  if (arch.varied !== undefined) return mlpLinears(family, h, arch.intermediateSize);
  const width =
    moe?.sharedIntermediateSize ?? (moe?.sharedExperts ?? 0) * (moe?.expertIntermediateSize ?? 0);
  return width > 0 ? mlpLinears(family, h, width) : [];
}

/** Elements of one linear layer, bias included. */
export function linearSize(l: LinearShape): number {
  return l.inFeatures * l.outFeatures + (l.bias ? l.outFeatures : 0);
}

const total = (sizes: readonly number[]): number => sizes.reduce((a, b) => a + b, 0);
const linears = (list: readonly LinearShape[]): number => total(list.map(linearSize));

/** Sizes of the norms of a layer; those of queries and keys, the last, are attention's. */
export function normsOf({ norms, family }: ModelShape, delta: boolean): readonly number[] {
  return delta && family.qkNorm !== 'none' ? norms.slice(0, -2) : norms;
}

/** Parameters of decoder layer `index`. */
export function layerParams(shape: ModelShape, index: number): number {
  const own = shapeAt(shape, index);
  const delta = isDelta(own.arch, index);
  const others = delta ? total(own.delta?.others ?? []) : 0;
  const common = linears(linearsOf(shape, index)) + total(normsOf(own, delta)) + others;
  if (!isSparse(own.arch, index)) return common;
  return (
    common +
    total(own.experts) +
    linears(own.router) +
    total(besideExperts(own.arch, own.family.sinks))
  );
}

/** All parameters, a tied head counted once. */
export function totalParams(shape: ModelShape): number {
  const { embedding, tower, positionTable, finalNorm, head, headBias, arch } = shape;
  let n =
    embedding + tower + positionTable + total(finalNorm) + head + headBias + perLayerParams(arch);
  for (let l = 0; l < arch.layers; l++) n += layerParams(shape, l);
  return n;
}
