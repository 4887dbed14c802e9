import { isClassifier } from './adapters.ts';
import type { Tensor } from './autograd.ts';
import { chunkedLoss } from './blocks/chunked.ts';
import { deltaState } from './blocks/delta.ts';
import { distillLoss, teacherLogits } from './blocks/distill.ts';
import { passesMask } from './blocks/embed.ts';
import { evaluationLoss, fullLoss, fusedLoss, type Loss, trlMetrics } from './blocks/loss.ts';
import {
  oddsRatioLoss,
  policyLoss,
  preferenceLoss,
  quietScore,
  rewardLoss,
  unpairedLoss,
} from './blocks/preference.ts';
import { Decoder } from './decoder.ts';
import { ligerParts } from './liger.ts';
import { loadModel, loadReference } from './load.ts';
import type { Model, Net } from './net.ts';
import { OptimizerStep } from './optimizer-step.ts';
import type { ModelShape } from './params.ts';
import type { LayerPlan } from './plan.ts';
import { Repeat } from './repeat.ts';
import { type EstimateSpec, passTokens } from './spec.ts';
import { componentIndex, Tape } from './tape.ts';
import { optimizerFacts } from './terms/optimizers.ts';
import { pairFactor } from './terms/saved.ts';

const BUFFERS = componentIndex('buffers');
const KV = componentIndex('kv cache');

/** Stages that compare a chosen and a rejected answer by their words. */
const PREFERS: readonly string[] = ['dpo', 'orpo', 'simpo', 'cpo'];

/** Acts out loading and two optimizer steps of `spec`, with the layers of `plan`. */
export function actOut(spec: EstimateSpec, plan: LayerPlan): Tape {
  return new Program(spec, plan).run();
}

class Program {
  private readonly t = new Tape();
  private readonly spec: EstimateSpec;
  private readonly plan: LayerPlan;
  private readonly net: Net;
  private readonly model: Model;
  private readonly optimizer: OptimizerStep;
  /** Threads that multiplied: the main one and autograd's, each with a workspace of its own. */
  private threads = 0;
  private step = 0;
  private readonly decoder: Decoder;

  constructor(spec: EstimateSpec, plan: LayerPlan) {
    this.spec = spec;
    this.plan = plan;
    const { t } = this;
    const { shape, model, owned } = loadModel(t, spec, plan);
    this.model = model;
    this.decoder = new Decoder(t, spec, model, plan);
    this.optimizer = new OptimizerStep(t, spec, owned);
    t.freeGradients = optimizerFacts(spec.optimizer).layerwise;
    if (spec.rollout.referenceModel) loadReference(t, spec, plan);
    const seq = passTokens(spec);
    const batch = spec.microBatch * pairFactor(spec);
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
      perLayer: null,
      liger: ligerParts(spec),
      masked: passesMask(spec, seq, batch),
    };
  }

  run(): Tape {
    const { t, spec } = this;
    const micro = Math.min(2, spec.gradientAccumulation);
    this.thread(1);
    const act = (step: number): void => {
      this.step = step;
      if (spec.rollout.generatesHere && spec.rollout.completionTokens > 0) this.generate();
      for (let i = 0; i < micro; i++) this.microStep(step);
    };
    const first = new Repeat(t, this.optimizer.leaves, () => act(1));
    this.update(1);
    if (first.possible) first.write(2);
    else act(2);
    this.update(2);
    t.mark('optimizer', 2);
    // The second batch finds the pool as the first leaves it.
    if (spec.evaluation !== undefined) for (let i = 0; i < 2; i++) this.evaluate(spec.evaluation);
    return t;
  }

  private update(step: number): void {
    this.optimizer.step(step);
    this.optimizer.zeroGradients(step);
  }

  private thread(number: 1 | 2): void {
    if (this.threads >= number) return;
    this.threads = number;
    this.t.workspace = this.spec.platform.cublasWorkspaceBytes;
  }

  private microStep(step: number): void {
    const { t, net } = this;
    const inputs = [0, 1, 2].map(() => t.alloc(net.tokens * 8, BUFFERS));
    const from = t.marks.length;
    t.mark('forward', step);
    this.enterAutocast();
    // KTO scores mismatched answers first, without gradients.
    if (this.spec.stage === 'kto') quietScore(net, this.quietPass(step), this.model.head);
    this.enterAutocast();
    t.mode = 'on';
    const hidden = this.decoder.run(net, step);
    t.mark('loss', step);
    const loss = this.loss(hidden, step);
    t.endAutocast();
    this.metrics(loss);
    t.free(...loss.outputs);
    t.mark('backward', step);
    this.thread(2);
    this.backward(loss.loss, step);
    t.free(loss.loss);
    for (const id of inputs) t.drop(id);
    t.passes.push({ from, to: t.marks.length });
    t.mark('backward', step);
  }

  private enterAutocast(): void {
    this.t.autocast = this.spec.mixedPrecision === 'none' ? 0 : 2;
  }

  private loss(hidden: Tensor, step: number): Loss {
    const { spec, net, model } = this;
    if (spec.stage === 'orpo') return oddsRatioLoss(net, hidden, model.head);
    if (spec.stage === 'kto')
      return unpairedLoss(net, hidden, model.head, this.referencePass(step));
    if (PREFERS.includes(spec.stage)) {
      return preferenceLoss(net, hidden, model.head, this.referencePass(step));
    }
    if (model.score !== null || isClassifier(spec))
      return rewardLoss(net, hidden, model.head, model.score);
    if (spec.stage === 'gkd' && spec.trainer === 'trl' && !spec.liger) {
      const teacher = () => teacherLogits(net, this.quietPass(step), model.head);
      return distillLoss(net, hidden, model.head, teacher);
    }
    if (spec.stage === 'grpo' || spec.stage === 'ppo') {
      const rows = completionRows(net, spec.rollout.completionTokens);
      return policyLoss(net, hidden, model.head, rows);
    }
    const fuses = !spec.liger || net.liger?.loss === 'fused';
    if (spec.lossKernel === 'fused' && fuses) return fusedLoss(net, hidden, model.head);
    if (spec.lossKernel === 'chunked') return chunkedLoss(net, hidden, model.head, model.tied);
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
    const { spec } = this;
    if (!spec.rollout.referenceModel && spec.adapter === null) return null;
    return () => this.quietPass(step);
  }

  /** A pass without gradients. */
  private quietPass(step: number, net = this.net): Tensor {
    const { t } = this;
    const mode = t.mode;
    t.mode = 'off';
    this.enterAutocast();
    const hidden = this.decoder.run(net, step);
    t.mark('loss', step);
    t.endAutocast();
    t.mode = mode;
    return hidden;
  }

  /** Sampling: a pass over the prompt, then keys and values of every token so far. */
  private generate(): void {
    const { t, net, spec } = this;
    const { promptTokens, completionTokens } = spec.rollout;
    t.mark('generate', this.step);
    t.mode = 'off';
    this.enterAutocast();
    // Trainers sample for all micro batches of a step at once.
    const batch = net.batch * spec.gradientAccumulation;
    const prompt = {
      ...net,
      batch,
      seq: promptTokens,
      tokens: batch * promptTokens,
      masked: false,
    };
    const last = this.decoder.run(prompt, this.step, 'generate');
    const bytes = net.wide === 4 && spec.mixedPrecision === 'none' ? 4 : 2;
    const kept = (shape: ModelShape): number =>
      shape.kv * batch * (promptTokens + completionTokens) * bytes;
    const cache: number[] = [];
    const { unit } = this.plan;
    this.model.layers.forEach(({ delta, variant }, i) => {
      if (unit[i - 1] !== unit[i]) t.mark('generate', this.step, unit[i]);
      const each = variant > 1 ? 0 : kept(net.shape.variants[variant] ?? net.shape);
      const sizes = delta.length > 0 ? deltaState(net, batch, bytes) : [each, each];
      for (const size of sizes) cache.push(t.alloc(size, KV));
    });
    t.mark('generate', this.step);
    const scores = batch * net.shape.arch.vocabSize * 4;
    t.flash(scores, scores);
    t.free(last);
    for (const id of cache) t.drop(id);
    t.endAutocast();
    t.mark('generate', this.step);
    if (spec.rollout.klPenalty) {
      const rows = completionRows(net, completionTokens);
      quietScore(net, this.quietPass(this.step), this.model.head, rows);
    }
    t.mark('generate', this.step);
  }

  /** A batch of evaluation: no checkpoints, nothing kept for a backward pass. */
  private evaluate(batch: number): void {
    const { t, spec, model } = this;
    const { seq } = this.net;
    const masked = passesMask(spec, seq, batch);
    const net: Net = { ...this.net, batch, tokens: batch * seq, masked };
    t.mark('evaluation', 2);
    const inputs = [0, 1, 2].map(() => t.alloc(net.tokens * 8, BUFFERS));
    t.mode = 'off';
    this.enterAutocast();
    const hidden = this.decoder.run(net, 2, 'evaluation');
    const chunks = spec.lossKernel === 'chunked';
    const { loss, outputs } = chunks
      ? chunkedLoss(net, hidden, model.head, model.tied)
      : evaluationLoss(net, hidden, model.head);
    t.endAutocast();
    t.free(loss, ...outputs);
    for (const id of inputs) t.drop(id);
    t.mark('evaluation', 2);
  }

  private backward(loss: Tensor, step: number): void {
    const { t } = this;
    const seed = t.alloc(4);
    t.deliver(loss.edge, seed);
    t.mark('backward', step);
    t.backward();
    this.decoder.forget();
    t.mark('backward', step);
    t.unpin();
    // A backward without products (nothing trains) takes no workspace.
    if (t.workspace > 0) this.threads = 1;
    t.workspace = 0;
    if (this.decoder.input !== null) t.drop(this.decoder.input.grad);
    this.decoder.input = null;
  }
}

/** Rows of logits that policy training scores: the completions. */
function completionRows(net: Net, completion: number): number {
  return Math.max(Math.min(completion, net.seq - 1), 1) * net.batch;
}
