import type { DType } from '../../facts/dtypes.ts';
import { isSparse, layerParams, type ModelShape, shapeOf, totalParams } from '../params.ts';
import type { EstimateSpec } from '../spec.ts';
import { byteSize, optimizerFacts } from './optimizers.ts';

/** The sums behind the closed form, bytes. */
export interface ClosedForm {
  readonly weights: number;
  readonly gradients: number;
  readonly states: number;
  readonly activations: number;
  readonly logits: number;
  readonly step: number;
  readonly peak: number;
  readonly trainable: number;
  readonly total: number;
}

/**
 * The peak by formulas alone, without the trace: states, plus whichever is larger of the loss,
 * one layer's backward and the optimizer's step. An independent check, good to some percent.
 */
export function closedForm(spec: EstimateSpec): ClosedForm {
  const shape = shapeOf(spec.arch);
  const total = totalParams(shape);
  const adapter = adapterElements(spec, shape);
  const trainable = trainableElements(spec, shape, adapter);
  const trainBytes = byteSize(spec.adapter ? spec.adapter.dtype : spec.trainableDtype);
  const weights = weightBytes(spec, shape, total) + adapter * (spec.adapter ? trainBytes : 0);
  const facts = optimizerFacts(spec.optimizer);
  const gradients = trainable * trainBytes;
  const states = stateBytes(facts.kind, facts.states, facts.place, trainable, trainBytes);
  const tokens = spec.microBatch * spec.sequenceLength * pairFactor(spec);
  const layer = layerBytes(spec, shape) * tokens;
  const depth = spec.arch.layers;
  const held = spec.checkpointing.mode === 'none' ? 0 : residualBytes(spec) * tokens * depth;
  const activations = spec.checkpointing.mode === 'none' ? layer * depth : held + layer;
  const logits = logitBytes(spec) * tokens * spec.arch.vocabSize;
  const copies = 2 * spec.platform.cublasWorkspaceBytes;
  const before = spec.gradientAccumulation > 1 ? gradients : 0;
  const saved = spec.checkpointing.mode === 'none' ? activations : held;
  const atLoss = weights + states + before + saved + logits + copies;
  const atLayer = weights + states + activations + copies + (facts.layerwise ? 0 : before);
  const atEnd = weights + states + gradients + layer + copies;
  const step = facts.groupCopies * gradients;
  const atStep = weights + states + gradients + step + copies;
  return {
    weights,
    gradients,
    states,
    activations,
    logits,
    step,
    trainable,
    total,
    peak: Math.max(atLoss, atLayer, atEnd, atStep),
  };
}

/** Sequences per sample: a preference pair is two. */
export function pairFactor(spec: EstimateSpec): number {
  return ['dpo', 'orpo', 'simpo', 'cpo', 'reward'].includes(spec.stage) ? 2 : 1;
}

/** Elements of all adapter weights. */
export function adapterElements(spec: EstimateSpec, shape: ModelShape): number {
  const { adapter } = spec;
  if (adapter === null) return 0;
  let n = 0;
  for (let l = 0; l < spec.arch.layers; l++) {
    const mlp = isSparse(spec.arch, l) ? shape.sharedExpert : shape.mlp;
    for (const t of [...shape.attention, ...mlp]) {
      if (adapter.targets !== 'all-linear' && !adapter.targets.includes(t.name)) continue;
      n += adapter.rank * (t.inFeatures + t.outFeatures);
      if (spec.method === 'dora') n += t.outFeatures;
    }
  }
  return n;
}

function trainableElements(spec: EstimateSpec, shape: ModelShape, adapter: number): number {
  if (spec.adapter !== null) return adapter;
  if (spec.method !== 'freeze') return totalParams(shape);
  const first = spec.arch.layers - spec.freezeTrainableLayers;
  let n = 0;
  for (let l = Math.max(0, first); l < spec.arch.layers; l++) n += layerParams(shape, l);
  return n;
}

function weightBytes(spec: EstimateSpec, shape: ModelShape, total: number): number {
  const dtype: DType =
    spec.quantization === null && spec.adapter === null ? spec.trainableDtype : spec.loadDtype;
  const plain = byteSize(dtype);
  if (spec.quantization === null) return total * plain;
  let quantized = 0;
  for (let l = 0; l < spec.arch.layers; l++) {
    const mlp = isSparse(spec.arch, l) ? shape.sharedExpert : shape.mlp;
    for (const t of [...shape.attention, ...mlp]) quantized += t.inFeatures * t.outFeatures;
    if (spec.quantization.experts === true && isSparse(spec.arch, l))
      for (const n of shape.experts) quantized += n;
  }
  const { bits, doubleQuant, kbitPrepare } = spec.quantization;
  const scale = bits === 4 ? (doubleQuant ? 1 / 64 + 4 / 16384 : 4 / 64) : 0;
  return quantized * (bits / 8 + scale) + (total - quantized) * (kbitPrepare ? 4 : plain);
}

function stateBytes(kind: string, states: number, place: string, n: number, own: number): number {
  if (place !== 'device') return 0;
  if (kind === 'own') return states * own * n;
  if (kind === 'fp32' || kind === 'bnb32') return states * 4 * n;
  if (kind === 'bnb8' || kind === 'torchao8') return states * (1 + 4 / 256) * n;
  if (kind === 'torchao4') return states * (0.5 + 4 / 128) * n;
  return 0;
}

/** Bytes of one token's residual stream. */
export function residualBytes(spec: EstimateSpec): number {
  const wide = spec.loadDtype === 'float32' || spec.quantization?.kbitPrepare === true;
  return spec.arch.hiddenSize * (wide ? 4 : 2);
}

/** Bytes that one layer saves for backward, per token. */
function layerBytes(spec: EstimateSpec, shape: ModelShape): number {
  const { hiddenSize: h, intermediateSize: i, heads } = spec.arch;
  const { q, kv } = shape;
  const full = 16 * h + 8 + 4 * q + 4 * kv + 4 * heads + 8 * i;
  const base = spec.adapter === null ? full : full - 4 * h;
  const dropout = spec.adapter !== null && spec.adapter.dropout > 0 ? 2 * h + q + i : 0;
  const eager = spec.attention === 'eager' ? 6 * heads * spec.sequenceLength : 0;
  const wide = residualBytes(spec) > 2 * h && spec.mixedPrecision === 'none' ? 2 : 1;
  return wide * (base + eager) + dropout;
}

/** Bytes per token and vocabulary entry at the loss. */
function logitBytes(spec: EstimateSpec): number {
  if (spec.lossKernel !== 'full') return 0;
  return spec.stage === 'sft' || spec.stage === 'pretrain' ? 12 : 6;
}
