import { eagerAttention, softcap } from './ops/attention.ts';
import { activation, add, columns, multiply, scale } from './ops/elementwise.ts';
import { embed } from './ops/ends.ts';
import { fusedAttention } from './ops/fused-attention.ts';
import type { Heads } from './ops/heads.ts';
import { linear } from './ops/linear.ts';
import { mixExperts } from './ops/moe.ts';
import { layerNorm, rmsNorm } from './ops/norm.ts';
import { type RopeTable, rope, ropeTable } from './ops/rope.ts';
import type { DecoderPlan } from './plan.ts';
import type { Tape } from './tape.ts';
import type { Tensor } from './tensor.ts';
import type { Weights } from './weights.ts';

/** A decoder as it is being built on a tape. */
interface Build {
  readonly tape: Tape;
  readonly plan: DecoderPlan;
  readonly weights: Weights;
}

/** Runs the decoder over `tokens` and returns its logits, one row for each token. */
export function decoder(
  tape: Tape,
  plan: DecoderPlan,
  weights: Weights,
  tokens: readonly number[],
): Tensor {
  const build = { tape, plan, weights };
  let x = embedding(build, tokens);
  const table = plan.rope && ropeTable(plan.rope, tokens.length, x.format);
  for (let layer = 0; layer < plan.layers; layer++) {
    tape.layer = layer;
    x = block(build, x, table);
  }
  tape.layer = undefined;
  return head(build, norm(build, 'final_norm', 'final_norm', x));
}

function embedding({ tape, plan, weights }: Build, tokens: readonly number[]): Tensor {
  const { vocab, hidden } = plan;
  let x = embed(tape, 'embed', weights.get('embed', vocab, hidden), tokens);
  if (plan.embedScale !== undefined) {
    x = scale(tape, 'embed', x, x.format.round(plan.embedScale));
  }
  if (!plan.learnedPositions) return x;
  const table = weights.get('positions', tokens.length + 2, hidden);
  const positions = tokens.map((_, t) => t + 2);
  return add(tape, 'embed_sum', x, embed(tape, 'positions', table, positions));
}

function head({ tape, plan, weights }: Build, x: Tensor): Tensor {
  const { vocab, hidden } = plan;
  const w = weights.get(plan.tiedHead ? 'embed' : 'lm_head', vocab, hidden);
  const b = plan.headBias ? weights.get('lm_head.bias', 1, vocab) : undefined;
  const logits = linear(tape, 'lm_head', x, w, b);
  return plan.finalSoftcap ? softcap(tape, logits, plan.finalSoftcap, 'logits_softcap') : logits;
}

function norm({ tape, plan, weights }: Build, op: string, name: string, x: Tensor): Tensor {
  const w = weights.get(name, 1, plan.hidden);
  const { norm: kind, eps } = plan;
  if (kind !== 'layernorm') return rmsNorm(tape, op, x, w, { kind, eps });
  return layerNorm(tape, op, x, w, weights.get(`${name}.bias`, 1, plan.hidden), eps);
}

function project(
  { tape, weights }: Build,
  op: string,
  x: Tensor,
  cols: number,
  biased: boolean | undefined,
): Tensor {
  const name = `${tape.layer}.${op}`;
  const b = biased ? weights.get(`${name}.bias`, 1, cols) : undefined;
  return linear(tape, op, x, weights.get(name, cols, x.cols), b);
}

function block(build: Build, x: Tensor, table: RopeTable | undefined): Tensor {
  const { tape, plan } = build;
  const at = (name: string): string => `${tape.layer}.${name}`;
  const input = norm(build, 'input_norm', at('input_norm'), x);
  let mixed = attention(build, input, table);
  if (plan.placement === 'parallel') return parallel(build, x, input, mixed);
  if (plan.placement === 'sandwich') {
    mixed = norm(build, 'post_attn_norm', at('post_attn_norm'), mixed);
  }
  const middle = add(tape, 'attn_residual', x, mixed);
  let out = mlp(build, norm(build, 'mlp_norm', at('mlp_norm'), middle));
  if (plan.placement === 'sandwich') {
    out = norm(build, 'post_mlp_norm', at('post_mlp_norm'), out);
  }
  return add(tape, 'mlp_residual', middle, out);
}

function parallel(build: Build, x: Tensor, input: Tensor, mixed: Tensor): Tensor {
  const { tape, plan } = build;
  const own = plan.sharedNorm ? input : norm(build, 'mlp_norm', `${tape.layer}.mlp_norm`, x);
  const out = mlp(build, own);
  const both = add(
    tape,
    'attn_residual',
    plan.sharedNorm ? mixed : out,
    plan.sharedNorm ? out : mixed,
  );
  return add(tape, 'mlp_residual', both, x);
}

interface Qkv {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
}

function range(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}

function queriesKeysValues(build: Build, x: Tensor): Qkv {
  const { tape, plan } = build;
  const { heads, kvHeads, headDim, qkvBias } = plan;
  const [qCols, kCols] = [heads * headDim, kvHeads * headDim];
  if (plan.fusedQkv === undefined) {
    const q = project(build, 'q_proj', x, qCols, qkvBias);
    const scaled = plan.scaleQueries ? scale(tape, 'q_scaled', q, plan.scaling) : q;
    const k = project(build, 'k_proj', x, kCols, qkvBias);
    return { q: scaled, k, v: project(build, 'v_proj', x, kCols, qkvBias) };
  }
  const all = project(build, 'qkv_proj', x, qCols + 2 * kCols, qkvBias);
  const pick = (part: number): number[] =>
    range(0, heads).flatMap((h) => range((3 * h + part) * headDim, headDim));
  const [q, k, v] =
    plan.fusedQkv === 'byHead'
      ? [pick(0), pick(1), pick(2)]
      : [range(0, qCols), range(qCols, kCols), range(qCols + kCols, kCols)];
  return {
    q: columns(tape, 'qkv_proj', all, q ?? []),
    k: columns(tape, 'qkv_proj', all, k ?? []),
    v: columns(tape, 'qkv_proj', all, v ?? []),
  };
}

function attention(build: Build, x: Tensor, table: RopeTable | undefined): Tensor {
  const { tape, plan, weights } = build;
  let { q, k, v } = queriesKeysValues(build, x);
  if (plan.qkNorm) {
    const { qkNorm: kind, eps, headDim } = plan;
    q = rmsNorm(tape, 'q_norm', q, weights.get(`${tape.layer}.q_norm`, 1, headDim), { kind, eps });
    k = rmsNorm(tape, 'k_norm', k, weights.get(`${tape.layer}.k_norm`, 1, headDim), { kind, eps });
  }
  if (plan.rope && table) {
    q = rope(tape, 'rope_q', q, plan.rope, table);
    k = rope(tape, 'rope_k', k, plan.rope, table);
  }
  const mixed = attend(build, q, k, v, table?.format ?? x.format);
  return project(build, 'o_proj', mixed, plan.hidden, plan.outBias);
}

function attend(
  build: Build,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  maskFormat: Tensor['format'],
): Tensor {
  const { tape, plan, weights } = build;
  const { heads, kvHeads, headDim, attnSoftcap } = plan;
  const h: Heads = {
    ...{ heads, kvHeads, headDim, maskFormat, causal: true },
    scaling: plan.scaleQueries ? 1 : plan.scaling,
    ...(attnSoftcap !== undefined && { softcap: attnSoftcap }),
  };
  if (plan.attentionSinks) {
    return eagerAttention(tape, q, k, v, h, {
      sinks: weights.get(`${tape.layer}.sinks`, 1, heads),
    });
  }
  const fused = tape.policy.fusedAttention;
  return fused ? fusedAttention(tape, q, k, v, h) : eagerAttention(tape, q, k, v, h);
}

function mlp(build: Build, x: Tensor): Tensor {
  const { tape, plan } = build;
  const { intermediate, mlpBias, activation: kind } = plan;
  if (plan.moe) return mixExperts(tape, plan.moe, build.weights, x, kind);
  if (!plan.gated) {
    const up = project(build, 'up_proj', x, intermediate, mlpBias);
    return project(build, 'down_proj', activation(tape, 'act', up, kind), plan.hidden, mlpBias);
  }
  const [gate, up] = gateAndUp(build, x);
  const bent = activation(tape, 'act', gate, kind);
  const raised = plan.fusedGateUp ? up : project(build, 'up_proj', x, intermediate, mlpBias);
  const product = multiply(tape, 'act_up', bent, raised ?? bent);
  return project(build, 'down_proj', product, plan.hidden, mlpBias);
}

function gateAndUp(build: Build, x: Tensor): [Tensor, Tensor | undefined] {
  const { tape, plan } = build;
  const { intermediate, mlpBias } = plan;
  if (!plan.fusedGateUp) return [project(build, 'gate_proj', x, intermediate, mlpBias), undefined];
  const both = project(build, 'gate_up_proj', x, 2 * intermediate, mlpBias);
  const gate = columns(tape, 'gate_up_proj', both, range(0, intermediate));
  return [gate, columns(tape, 'gate_up_proj', both, range(intermediate, intermediate))];
}
