import { isClassifier, savedModules } from '../adapters.ts';
import { ligerParts } from '../liger.ts';
import {
  isSparse,
  type LinearShape,
  layerParams,
  linearsOf,
  type ModelShape,
  shapeOf,
  totalParams,
} from '../params.ts';
import type { EstimateSpec } from '../spec.ts';
import { perLayerInput } from '../varied-shape.ts';
import { optimizerFacts } from './optimizers.ts';
import {
  keepsScores,
  meanSaved,
  mlpSaved,
  normSaved,
  pairFactor,
  type Widths,
  widthsOf,
} from './saved.ts';
import { stateBytes, stepBytes, trainingLayers, trainsEmbedding } from './step-form.ts';

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
 * The peak by formulas alone, without the trace: what is held throughout, plus the largest of the
 * loss, its backward, one layer's backward, the embedding's gradient and the optimizer's step.
 */
export function closedForm(spec: EstimateSpec): ClosedForm {
  const shape = shapeOf(spec.arch);
  const w = widthsOf(spec);
  const adapter = adapterElements(spec, shape);
  const saved = savedElements(spec, shape);
  const base = baseTrainable(spec, shape);
  const total = totalParams(shape);
  const trainable = adapter + saved + base;
  const weights = weightBytes(spec, shape, w, total) + adapter * w.adapter + saved * w.wide;
  const gradients = adapter * w.adapter + (saved + base) * w.wide;
  const facts = optimizerFacts(spec.optimizer);
  const states = stateBytes(spec, shape, facts, w, { adapter, base: base + saved });
  const { promptAlone, completionTokens } = spec.rollout;
  const length = spec.sequenceLength + (promptAlone ? completionTokens : 0);
  const tokens = spec.microBatch * length * pairFactor(spec);
  const before = spec.gradientAccumulation > 1 && !facts.layerwise ? gradients : 0;
  const held = weights + states + before + 2 * spec.platform.cublasWorkspaceBytes + 24 * tokens;
  const parts = activationParts(spec, shape, w, tokens);
  const copies = castCopies(spec, shape, w, adapter);
  const loss = lossParts(spec, shape, w, tokens);
  const step = stepBytes(spec, shape, facts, w, gradients);
  const embedding = trainsEmbedding(spec) ? shape.embedding * w.wide : 0;
  // A tied head's gradient waits for the embedding's, and their sum is a third block.
  const tied = shape.head === 0 ? embedding : 0;
  const summed = loss.direct ? tied : 0;
  const again = before > 0 ? embedding : 0;
  const late = facts.layerwise ? 0 : before > 0 ? 0 : gradients - embedding;
  const inLayer = spec.adapter === null ? late + tied + parts.first : parts.saved;
  const peaks = [
    held + parts.saved + parts.final + copies.forward + loss.forward,
    held + parts.saved + parts.final + copies.backward + loss.backward,
    held + parts.saved + parts.transient,
    spec.checkpointing.mode === 'none' ? 0 : held + inLayer + parts.layer + parts.transient,
    held + late + embedding + tied + summed + again + w.wide * spec.arch.hiddenSize * tokens,
    weights + states + step + 2 * spec.platform.cublasWorkspaceBytes,
  ];
  return {
    weights,
    gradients,
    states,
    activations: parts.saved,
    logits: Math.max(loss.forward, loss.backward),
    step,
    trainable,
    total,
    peak: Math.max(...peaks),
  };
}

function adapterElements(spec: EstimateSpec, shape: ModelShape): number {
  const { adapter } = spec;
  if (adapter === null) return 0;
  let n = 0;
  for (let l = 0; l < spec.arch.layers; l++) {
    for (const t of linearsOf(shape, l)) n += adapted(spec, t);
  }
  for (const t of perLayerInput(spec.arch)) n += adapted(spec, t);
  return n;
}

/** Elements of the adapter beside a linear layer. */
function adapted({ adapter, method }: EstimateSpec, t: LinearShape): number {
  if (adapter === null) return 0;
  if (adapter.targets !== 'all-linear' && !adapter.targets.includes(t.name)) return 0;
  return adapter.rank * (t.inFeatures + t.outFeatures) + (method === 'dora' ? t.outFeatures : 0);
}

/** Elements of embeddings and heads that train beside adapters. */
function savedElements(spec: EstimateSpec, shape: ModelShape): number {
  const saves = savedModules(spec);
  const head = isClassifier(spec) ? spec.arch.hiddenSize : shape.embedding;
  return (saves.embedding ? shape.embedding : 0) + (saves.head ? head : 0);
}

function baseTrainable(spec: EstimateSpec, shape: ModelShape): number {
  if (trainsEmbedding(spec)) return totalParams(shape) - shape.tower;
  let n = 0;
  const { layers } = spec.arch;
  for (let l = layers - trainingLayers(spec); l < layers; l++) n += layerParams(shape, l);
  return spec.freezeTrainsHead === true ? n + shape.head + shape.headBias : n;
}

/** Elements of the linear layers outside stacks of experts, by layer index. */
function linearElements(shape: ModelShape, layer: number): number {
  return linearsOf(shape, layer).reduce((n, l) => n + l.inFeatures * l.outFeatures, 0);
}

function allLinears(spec: EstimateSpec, shape: ModelShape): number {
  let n = 0;
  for (let l = 0; l < spec.arch.layers; l++) n += linearElements(shape, l);
  return n + perLayerInput(spec.arch).reduce((sum, l) => sum + l.inFeatures * l.outFeatures, 0);
}

function weightBytes(spec: EstimateSpec, shape: ModelShape, w: Widths, total: number): number {
  const { quantization } = spec;
  if (quantization === null) return total * w.wide;
  let packed = allLinears(spec, shape) + (quantization.method === 'bnb' ? shape.tower : 0);
  if (quantization.experts === true)
    for (let l = 0; l < spec.arch.layers; l++)
      if (isSparse(spec.arch, l)) for (const n of shape.experts) packed += n;
  const { bits, doubleQuant } = quantization;
  const scale = bits === 4 ? (doubleQuant ? 1 / 64 + 4 / 16384 : 4 / 64) : 0;
  return packed * (bits / 8 + scale) + (total - packed) * w.wide;
}

interface ActivationParts {
  /** What all layers keep until backward. */
  readonly saved: number;
  /** The final norm, and what the head keeps of its input. */
  readonly final: number;
  /** What one layer keeps while it is recomputed; the first checkpoint of all. */
  readonly layer: number;
  readonly first: number;
  /** The most that a layer holds beyond what it keeps. */
  readonly transient: number;
}

function activationParts(
  spec: EstimateSpec,
  shape: ModelShape,
  w: Widths,
  tokens: number,
): ActivationParts {
  const { hiddenSize: h, layers, intermediateSize: i } = spec.arch;
  const own = trainingLayers(spec);
  const trains = own > 0;
  const count = spec.method === 'freeze' ? own : layers;
  const layer = meanSaved(spec, shape, trains) * tokens;
  const checkpoint = w.wide * h * tokens;
  const whole = trainsEmbedding(spec);
  // Nothing before the first trained weight asks for a gradient.
  const lead = whole ? 0 : normSaved(spec, w, h, 1, false, 'layer') * tokens;
  const plain = spec.checkpointing.mode === 'none';
  const head = whole ? (w.casts && w.wide > 2 ? 2 : w.wide) * h : 0;
  const drops = (spec.adapter?.dropout ?? 0) > 0;
  // Softmax's backward holds three blocks of scores, once the feed-forward block has let go.
  const each = shape.family.sinks ? w.compute : 4;
  const scores = keepsScores(spec, shape) ? 3 * each * spec.arch.heads * spec.sequenceLength : 0;
  const attention = scores - mlpSaved(spec, shape, trains);
  const casts = w.casts && w.adapter === 4 && !w.packed ? (drops ? 8 : 6) : 2 * w.out;
  return {
    saved: plain ? count * layer - lead : spec.checkpointing.offload ? 0 : layers * checkpoint,
    final: (normSaved(spec, w, h, 1, whole, 'layer') + head) * tokens,
    layer,
    first: checkpoint,
    transient: Math.max(casts * i + w.wide * h, attention) * tokens,
  };
}

interface LossParts {
  readonly forward: number;
  readonly backward: number;
  /** The head's gradient is a view of the product that made it: nothing is added to it in place. */
  readonly direct: boolean;
}

/** Copies that autocast makes of fp32 weights: all until its end, later what layers keep. */
function castCopies(
  spec: EstimateSpec,
  shape: ModelShape,
  w: Widths,
  adapter: number,
): Omit<LossParts, 'direct'> {
  if (!w.casts) return { forward: 0, backward: 0 };
  const plain = spec.checkpointing.mode === 'none';
  const small = w.adapter > 2 ? 2 * adapter : 0;
  const wide = w.wide > 2;
  // Frozen layers below the first trained one drop their copies at once.
  const part = spec.method === 'freeze' ? trainingLayers(spec) / spec.arch.layers : 1;
  const linears = wide && !w.packed ? 2 * part * allLinears(spec, shape) : 0;
  const fused = ligerParts(spec)?.loss === 'fused';
  const head = wide && !fused ? 2 * shape.embedding : 0;
  const kept = spec.adapter === null ? linears : plain ? linears : 0;
  return { forward: small + kept + head, backward: plain ? small + linears + head : head };
}

function lossParts(spec: EstimateSpec, shape: ModelShape, w: Widths, tokens: number): LossParts {
  const { vocabSize: v, hiddenSize: h } = spec.arch;
  const liger = ligerParts(spec);
  if (spec.lossKernel === 'fused' && (liger?.loss === 'fused' || !spec.liger)) {
    const rows = Math.min(tokens, 2 ** Math.ceil(Math.log2(Math.ceil(tokens / Math.ceil(v / h)))));
    const weight = trainsEmbedding(spec) ? shape.embedding * w.wide : 0;
    const product = trainsEmbedding(spec)
      ? shape.embedding * (w.compute + (w.compute < 4 ? 4 : 0))
      : 0;
    const chunks = Math.min(2, Math.ceil(tokens / rows)) * rows * v * w.compute;
    const input = w.wide * h * tokens;
    const copy = w.casts && w.wide > 2 ? 2 * shape.embedding : 0;
    const most = copy + Math.max(chunks, chunks / 2 + product);
    return { forward: input + weight + most, backward: input, direct: false };
  }
  if (spec.lossKernel === 'chunked') return { forward: 0, backward: 256 * v * 14, direct: true };
  const caps = spec.arch.finalSoftcap !== undefined || spec.arch.modelType === 'gemma2';
  const capped = caps ? w.compute : 0;
  const forward = (w.compute < 4 ? w.compute + 8 : 8) + capped;
  return {
    forward: forward * v * tokens,
    backward: (12 + capped) * v * tokens,
    direct: !w.casts || w.wide === 2,
  };
}
