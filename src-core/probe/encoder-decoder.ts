import { eagerAttention } from './ops/attention.ts';
import { activation, add } from './ops/elementwise.ts';
import { embed } from './ops/ends.ts';
import { fusedAttention } from './ops/fused-attention.ts';
import { linear } from './ops/linear.ts';
import { rmsNorm } from './ops/norm.ts';
import type { Tape } from './tape.ts';
import type { Param, Tensor } from './tensor.ts';
import type { Weights } from './weights.ts';

/** The graph of a T5: sizes in features, encoder layers first, decoder layers counted on. */
export interface EncoderDecoderPlan {
  readonly encoderLayers: number;
  readonly layers: number;
  readonly hidden: number;
  readonly intermediate: number;
  readonly vocab: number;
  readonly heads: number;
  readonly headDim: number;
}

function once(make: () => Tensor): () => Tensor {
  let made: Tensor | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

interface Build {
  readonly tape: Tape;
  readonly plan: EncoderDecoderPlan;
  readonly weights: Weights;
}

/** Runs T5 (relu MLP, relative positions, no scaling of scores) and returns the decoder's logits. */
export function encoderDecoder(
  tape: Tape,
  plan: EncoderDecoderPlan,
  weights: Weights,
  tokens: readonly number[],
): Tensor {
  const build = { tape, plan, weights };
  const table = weights.get('embed', plan.vocab, plan.hidden);
  let source = embed(tape, 'embed', table, tokens);
  let bias = once(() => relativeBias(build, tokens.length, false));
  for (let layer = 0; layer < plan.encoderLayers; layer++) {
    tape.layer = layer;
    source = feedForward(build, selfAttention(build, source, bias, false));
  }
  tape.layer = undefined;
  source = norm(build, 'encoder_norm', 'encoder_norm', source);
  let x = embed(tape, 'embed', table, tokens);
  bias = once(() => relativeBias(build, tokens.length, true));
  for (let layer = 0; layer < plan.layers; layer++) {
    tape.layer = plan.encoderLayers + layer;
    const own = selfAttention(build, x, bias, true);
    x = feedForward(build, crossAttention(build, own, source));
  }
  tape.layer = undefined;
  const out = norm(build, 'final_norm', 'final_norm', x);
  return linear(tape, 'lm_head', out, weights.get('lm_head', plan.vocab, plan.hidden));
}

function norm({ tape, plan, weights }: Build, op: string, name: string, x: Tensor): Tensor {
  return rmsNorm(tape, op, x, weights.get(name, 1, plan.hidden), { kind: 't5', eps: 1e-6 });
}

function project({ tape, weights }: Build, op: string, x: Tensor, cols: number): Tensor {
  return linear(tape, op, x, weights.get(`${tape.layer}.${op}`, cols, x.cols));
}

function selfAttention(build: Build, x: Tensor, bias: () => Tensor, causal: boolean): Tensor {
  const { tape } = build;
  const input = norm(build, 'input_norm', `${tape.layer}.input_norm`, x);
  const out = attend(build, '', input, input, { bias, causal, mask: x });
  return add(tape, 'attn_residual', x, out);
}

function crossAttention(build: Build, x: Tensor, source: Tensor): Tensor {
  const { tape } = build;
  const input = norm(build, 'cross_norm', `${tape.layer}.cross_norm`, x);
  const out = attend(build, 'cross_', input, source, { causal: false, mask: x });
  return add(tape, 'cross_residual', x, out);
}

interface Scores {
  /** Made by the first layer that asks, after its projections; the others share it. */
  readonly bias?: () => Tensor;
  readonly causal: boolean;
  /** A tensor in the format of the mask: the hidden states. */
  readonly mask: Tensor;
}

function attend(build: Build, prefix: string, x: Tensor, source: Tensor, how: Scores): Tensor {
  const { tape, plan } = build;
  const { heads, headDim } = plan;
  const width = heads * headDim;
  const q = project(build, `${prefix}q_proj`, x, width);
  const k = project(build, `${prefix}k_proj`, source, width);
  const v = project(build, `${prefix}v_proj`, source, width);
  const { causal, mask } = how;
  const extras = how.bias ? { bias: how.bias() } : {};
  const h = {
    ...{ heads, kvHeads: heads, headDim, scaling: 1, causal },
    ...{ softmaxInFormat: true, maskFormat: mask.format },
  };
  const path = tape.policy.fusedAttention ? fusedAttention : eagerAttention;
  const mixed = path(tape, q, k, v, h, extras);
  return project(build, `${prefix}o_proj`, mixed, plan.hidden);
}

function feedForward(build: Build, x: Tensor): Tensor {
  const { tape, plan } = build;
  const input = norm(build, 'mlp_norm', `${tape.layer}.mlp_norm`, x);
  const up = project(build, 'up_proj', input, plan.intermediate);
  const out = project(build, 'down_proj', activation(tape, 'act', up, 'relu'), plan.hidden);
  return add(tape, 'mlp_residual', x, out);
}

const buckets = 32;

/** The learned bias of each head for each distance: one row for each head and query. */
function relativeBias({ tape, plan, weights }: Build, length: number, causal: boolean): Tensor {
  const table: Param = weights.get(`${tape.layer}.relative_bias`, buckets, plan.heads);
  const { heads } = plan;
  const place = (i: number): number => {
    const head = Math.floor(i / (length * length));
    const query = Math.floor(i / length) % length;
    return bucketOf((i % length) - query, causal) * heads + head;
  };
  const out = new Float32Array(heads * length * length).map((_, i) => table.data[place(i)] ?? 0);
  return tape.push('relative_bias', table.format, heads * length, out, (grad) => {
    const sums = new Float32Array(table.data.length);
    grad.forEach((g, i) => {
      sums[place(i)] = (sums[place(i)] ?? 0) + g;
    });
    tape.giveParam(table, sums, table.format);
  });
}

/** T5's bucket of a distance (key minus query), for sequences shorter than eight tokens. */
function bucketOf(distance: number, causal: boolean): number {
  if (causal) return Math.max(0, -distance);
  return Math.abs(distance) + (distance > 0 ? buckets / 2 : 0);
}
