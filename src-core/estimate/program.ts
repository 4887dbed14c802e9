import type { Edge, Leaf, Tensor } from './autograd.ts';
import { chunkedLoss } from './blocks/chunked.ts';
import { embed, mask, passesMask } from './blocks/embed.ts';
import { decoderLayer } from './blocks/layer.ts';
import { fullLoss, fusedLoss, type Loss, trlMetrics } from './blocks/loss.ts';
import { norm } from './blocks/norm.ts';
import { policyLoss, preferenceLoss, rewardLoss } from './blocks/preference.ts';
import { loadModel, loadReference } from './load.ts';
import type { LayerWeights, Model, Net } from './net.ts';
import { inputLeaf } from './ops.ts';
import { OptimizerStep } from './optimizer-step.ts';
import type { LayerPlan } from './plan.ts';
import type { Phase } from './result.ts';
import type { EstimateSpec } from './spec.ts';
import { componentIndex, Tape } from './tape.ts';
import { optimizerFacts } from './terms/optimizers.ts';

const BUFFERS = componentIndex('buffers');
const WORKSPACE = componentIndex('workspace');
const KV = componentIndex('kv cache');

/** Stages whose micro batch is pairs: chosen and rejected answers in one pass. */
const PAIRED: readonly string[] = ['dpo', 'orpo', 'simpo', 'cpo'];

/** Acts out loading and two optimizer steps of `spec`, with the layers of `plan`. */
export function actOut(spec: EstimateSpec, plan: LayerPlan): Tape {
  return new Program(spec, plan).run();
}

class Program {
  private readonly t = new Tape();
  private readonly spec: EstimateSpec;
  private readonly net: Net;
  private readonly model: Model;
  private readonly optimizer: OptimizerStep;
  private workspaces = 0;
  private step = 0;
  private input: Leaf | null = null;

  constructor(spec: EstimateSpec, plan: LayerPlan) {
    this.spec = spec;
    const { t } = this;
    const { shape, model, owned } = loadModel(t, spec, plan);
    this.model = model;
    this.optimizer = new OptimizerStep(t, spec, owned);
    t.freeGradients = optimizerFacts(spec.optimizer).layerwise;
    if (spec.rollout.referenceModel) loadReference(t, spec, plan);
    const pair = PAIRED.includes(spec.stage) || spec.stage === 'reward' ? 2 : 1;
    const samples = spec.stage === 'grpo' || spec.stage === 'ppo';
    const { promptTokens, completionTokens } = spec.rollout;
    const seq = samples ? promptTokens + completionTokens : spec.sequenceLength;
    const batch = spec.microBatch * pair;
    const tokens = batch * seq;
    this.net = {
      t,
      spec,
      shape,
      batch,
      seq,
      tokens,
      wide: model.embedding.b,
      rotary: [0, 0],
      masked: passesMask(spec, seq),
    };
  }

  run(): Tape {
    const { t, spec } = this;
    const micro = Math.min(2, spec.gradientAccumulation);
    for (let step = 1; step <= 2; step++) {
      this.step = step;
      if (spec.rollout.generatesHere && spec.rollout.completionTokens > 0) this.generate();
      for (let i = 0; i < micro; i++) this.microStep(step);
      this.optimizer.step(step);
      this.optimizer.zeroGradients(step);
    }
    t.mark('optimizer', 2);
    return t;
  }

  private workspace(): void {
    if (this.workspaces >= 2) return;
    this.workspaces += 1;
    this.t.alloc(this.spec.platform.cublasWorkspaceBytes, WORKSPACE);
  }

  private microStep(step: number): void {
    const { t, net } = this;
    const inputs = [0, 1, 2].map(() => t.alloc(net.tokens * 8, BUFFERS));
    t.mark('forward', step);
    this.workspace();
    this.enterAutocast();
    t.mode = 'on';
    const hidden = this.forward(net, step);
    t.mark('loss', step);
    const loss = this.loss(hidden, step);
    t.free(hidden);
    t.endAutocast();
    this.metrics(loss);
    t.free(...loss.outputs);
    t.mark('backward', step);
    this.workspace();
    this.backward(loss.loss, step);
    t.free(loss.loss);
    for (const id of inputs) t.drop(id);
    t.mark('backward', step);
  }

  private enterAutocast(): void {
    this.t.autocast = this.spec.mixedPrecision === 'none' ? 0 : 2;
  }

  private loss(hidden: Tensor, step: number): Loss {
    const { spec, net, model } = this;
    if (PAIRED.includes(spec.stage)) {
      return preferenceLoss(net, hidden, model.head, this.referencePass(step));
    }
    if (spec.stage === 'reward') return rewardLoss(net, hidden, model.head);
    if (spec.stage === 'grpo' || spec.stage === 'ppo') {
      const kept = Math.min(spec.rollout.completionTokens, net.seq - 1) * net.batch;
      return policyLoss(net, hidden, model.head, Math.max(kept, net.batch));
    }
    if (spec.lossKernel === 'fused') return fusedLoss(net, hidden, model.head);
    if (spec.lossKernel === 'chunked') return chunkedLoss(net, hidden, model.head);
    return fullLoss(net, hidden, model.head);
  }

  /** What TRL's SFT trainer computes on logits that it got back. */
  private metrics(loss: Loss): void {
    const { spec } = this;
    const logits = loss.outputs[0];
    const sft = spec.stage === 'sft' && spec.trainer === 'trl' && spec.lossKernel === 'full';
    if (sft && logits !== undefined) trlMetrics(this.net, logits);
  }

  /** A pass without gradients through the reference: a second model, or this one less its adapters. */
  private referencePass(step: number): (() => Tensor) | null {
    const { spec, t, net } = this;
    if (!spec.rollout.referenceModel && spec.adapter === null) return null;
    return () => {
      const mode = t.mode;
      t.mode = 'off';
      this.enterAutocast();
      const hidden = this.forward(net, step);
      t.mark('loss', step);
      t.endAutocast();
      t.mode = mode;
      return hidden;
    };
  }

  /** Sampling: a pass over the prompt, then keys and values of every token so far. */
  private generate(): void {
    const { t, net, spec } = this;
    const { promptTokens, completionTokens } = spec.rollout;
    t.mark('generate', this.step);
    t.mode = 'off';
    this.enterAutocast();
    const prompt = { ...net, seq: promptTokens, tokens: net.batch * promptTokens, masked: false };
    const last = this.forward(prompt, this.step, 'generate');
    const bytes = net.wide === 4 && spec.mixedPrecision === 'none' ? 4 : 2;
    const each = net.shape.kv * net.batch * (promptTokens + completionTokens) * bytes;
    const cache: number[] = [];
    this.model.layers.forEach((_, i) => {
      t.mark('generate', this.step, i);
      cache.push(t.alloc(each, KV), t.alloc(each, KV));
    });
    t.mark('generate', this.step);
    t.flash(net.batch * net.shape.arch.vocabSize * 4, net.batch * net.shape.arch.vocabSize * 4);
    t.free(last);
    for (const id of cache) t.drop(id);
    t.endAutocast();
    t.mark('generate', this.step);
  }

  /** Embeddings, layers, final norm. */
  private forward(around: Net, step: number, phase: Phase = 'forward'): Tensor {
    const { t, model } = this;
    // A pass has tables of its own: its layers may be recomputed after another pass has begun.
    const net = { ...around };
    const embedded = embed(net, model, step);
    if (embedded.input !== null) this.input = embedded.input;
    let x = embedded.x;
    const rotary = net.shape.family.positions === 'rope';
    const extra: number[] = [];
    if (rotary) {
      const bytes = net.seq * net.shape.arch.headDim * net.shape.family.rotaryFraction * net.wide;
      extra.push(t.alloc(bytes, BUFFERS), t.alloc(bytes, BUFFERS));
      net.rotary = [extra[0] ?? 0, extra[1] ?? 0];
    }
    extra.push(t.alloc(net.seq * 8, BUFFERS));
    if (net.masked) extra.push(mask(net));
    model.layers.forEach((w, i) => {
      t.mark(phase, step, i);
      const y = this.layer(net, w, x, i, step, extra);
      t.free(x);
      x = y;
    });
    t.mark(phase, step);
    this.boundary(step, model.layers.length);
    t.at('norm');
    const out = norm(net, x, model.finalNorm, net.shape.arch.hiddenSize);
    t.free(x);
    for (const id of extra) t.drop(id);
    return out;
  }

  /** One decoder layer, checkpointed where the spec says so. */
  private layer(
    net: Net,
    w: LayerWeights,
    x: Tensor,
    i: number,
    step: number,
    extra: readonly number[],
  ): Tensor {
    const { t, spec } = this;
    const { mode, everyLayers } = spec.checkpointing;
    const checkpointed = t.mode !== 'off' && mode !== 'none' && i % everyLayers === 0;
    if (!checkpointed) {
      if (t.mode === 'on') this.boundary(step, i);
      const y = decoderLayer(net, w, x);
      return y;
    }
    const before = t.casts.length;
    t.counted = 0;
    t.mode = mode === 'reentrant' ? 'off' : 'count';
    const out = decoderLayer(net, w, x);
    t.mode = 'on';
    const total = t.counted;
    const grads = out.edge !== null || x.edge !== null || before < t.casts.length;
    if (!grads) return { ...out, edge: null };
    return { ...out, edge: this.checkpoint(net, w, x, i, step, total, extra) };
  }

  /** A node that marks where a layer's part of backward ends. */
  private boundary(step: number, layer: number): void {
    const { t } = this;
    if (this.spec.checkpointing.mode !== 'none' && this.spec.checkpointing.everyLayers === 1)
      return;
    const node = t.record([MARKER], [], () => {});
    if (node === null) return;
    node.g = 0;
    node.run = () => t.mark('backward', step, layer - 1);
  }

  /** The recorded form of a checkpointed layer: recompute, then its own backward. */
  private checkpoint(
    net: Net,
    w: LayerWeights,
    x: Tensor,
    layer: number,
    step: number,
    total: number,
    extra: readonly number[],
  ): Edge {
    const { t, spec } = this;
    const reentrant = spec.checkpointing.mode === 'reentrant';
    const offload = spec.checkpointing.offload;
    const kept = offload ? extra : [x.id, ...extra];
    return t.record([x.edge ?? MARKER], kept, (g) => {
      t.mark('backward', step, layer);
      const from = t.nodes.length;
      const autocast = spec.mixedPrecision === 'none' ? 0 : 2;
      const input = offload ? t.alloc(x.n * x.b) : 0;
      t.autocast = autocast;
      t.counted = 0;
      t.stopAt = reentrant ? Number.POSITIVE_INFINITY : total;
      const y = decoderLayer(net, w, x);
      t.stopped = false;
      t.stopAt = Number.POSITIVE_INFINITY;
      t.endAutocast();
      if (reentrant) t.hold(g);
      t.deliver(y.edge, t.hold(g));
      t.free(y);
      t.backward(from);
      if (reentrant) t.drop(g);
      t.drop(input);
    });
  }

  private backward(loss: Tensor, step: number): void {
    const { t } = this;
    const seed = t.alloc(4);
    t.deliver(loss.edge, seed);
    t.mark('backward', step);
    t.backward();
    if (this.input !== null) t.drop(this.input.grad);
    this.input = null;
  }
}

/** Stands for "something needs a gradient" where no real edge does. */
const MARKER = inputLeaf(0, 1);
