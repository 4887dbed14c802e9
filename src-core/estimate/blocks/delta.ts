import { deltaWidths } from '../../facts/params.ts';
import type { Leaf, Tensor } from '../autograd.ts';
import type { LayerWeights, Net } from '../net.ts';
import {
  add,
  cast,
  castWeight,
  copy,
  join,
  mul,
  operand,
  share,
  slice,
  split,
  unary,
} from '../ops.ts';
import { deltaSizes, fusedRule, plainRule } from './delta-rule.ts';
import { normalized } from './norm.ts';
import { project } from './project.ts';

/**
 * A gated delta net, from the normalised input to the output projection: a short convolution over
 * queries, keys and values, the delta rule, a gated norm. transformers 5.17
 * models/qwen3_5/modeling_qwen3_5.py, `Qwen3_5GatedDeltaNet`.
 */
export function deltaNet(net: Net, w: LayerWeights, input: Tensor): Tensor {
  const { t, tokens } = net;
  const last = w.attention.at(-1);
  const [conv, decayBias, decayScale, norm] = w.delta;
  if (!last || !conv || !decayBias || !decayScale)
    throw new Error('a delta net without its parameters');
  const { keys, values, repeats } = deltaSizes(net);
  const x = net.spec.batching === 'padded' ? unpadded(net, input) : share(t, input);
  const inputs = w.attention.length > 3 ? separate(net, w, x) : ordered(net, w, x);
  const { gate, b, a } = inputs;
  const mixed = convolved(net, inputs.projected, conv);
  t.free(...inputs.until);
  const each = keys / repeats;
  const [q0, k0, v] = split(t, mixed, [each * tokens, each * tokens, values * tokens]);
  if (q0 === undefined || k0 === undefined || v === undefined)
    throw new Error('split gave too few parts');
  t.at('linear_attn.gates');
  const beta = unary(t, b, 'output');
  const decay = decays(net, a, decayBias, decayScale);
  const q = perValueHead(net, q0, repeats);
  const k = perValueHead(net, k0, repeats);
  const rule = net.spec.deltaRule === 'plain' ? plainRule : fusedRule;
  const core = rule(net, { q, k, v, beta, decay });
  const normed = gatedNorm(net, core, gate, norm);
  const out = project(net, last, normed);
  t.free(normed, gate, a, b, mixed, q, k, v, beta, decay, x, ...inputs.held);
  return out;
}

/** Queries, keys and values side by side, and what goes with them. */
interface Inputs {
  readonly projected: Tensor;
  readonly gate: Tensor;
  readonly b: Tensor;
  readonly a: Tensor;
  /** What has a name until the convolution has run, and what until the end. */
  readonly until: readonly Tensor[];
  readonly held: readonly Tensor[];
}

/** A projection for each of them (Qwen3.5). */
function separate(net: Net, { attention }: LayerWeights, x: Tensor): Inputs {
  const [toMixed, toGate, toBeta, toDecay] = attention;
  if (!toMixed || !toGate || !toBeta || !toDecay)
    throw new Error('a delta net without its projections');
  const projected = project(net, toMixed, x);
  const gate = project(net, toGate, x);
  const b = project(net, toBeta, x);
  return { projected, gate, b, a: project(net, toDecay, x), until: [], held: [] };
}

/**
 * Two projections, each ordered by key heads: every part is copied out of them (Qwen3-Next;
 * models/qwen3_next/modeling_qwen3_next.py, `fix_query_key_value_ordering`).
 */
function ordered(net: Net, { attention }: LayerWeights, x: Tensor): Inputs {
  const { t, tokens } = net;
  const [toAll, toRates] = attention;
  if (!toAll || !toRates) throw new Error('a delta net without its projections');
  const { keys, values, repeats, heads } = deltaSizes(net);
  const all = project(net, toAll, x);
  const rates = project(net, toRates, x);
  const widths = [keys / repeats, keys / repeats, values, values];
  const parts = split(
    t,
    all,
    widths.map((n) => n * tokens),
  );
  const pair = split(t, rates, [heads * tokens, heads * tokens]);
  const [v, gate, b, a, q, k] = [...parts.slice(2), ...pair, ...parts.slice(0, 2)].map((part) =>
    copy(t, part),
  );
  t.free(...parts, ...pair);
  if (!v || !gate || !b || !a || !q || !k) throw new Error('split gave too few parts');
  return { projected: join(t, [q, k, v]), gate, b, a, until: [q, k, v], held: [all, rates] };
}

/** The input times the mask of padding. */
function unpadded({ t }: Net, x: Tensor): Tensor {
  const node = t.record([x.edge], [], () => t.deliver(x.edge, t.alloc(x.n * x.b)));
  return t.tensor(x.n, x.b, node);
}

/** A convolution over each feature, padded in front and behind, then SiLU. Consumes its input. */
function convolved(net: Net, x: Tensor, weight: Leaf): Tensor {
  const { t, batch, seq, shape } = net;
  t.at('linear_attn.conv1d');
  const wide = cast(t, x, weight.b);
  const a = cast(t, wide, t.autocast > 0 ? t.autocast : wide.b);
  const m = castWeight(t, weight);
  t.free(x, wide);
  const padding = (shape.arch.delta?.kernel ?? 1) - 1;
  const long = a.n * (1 + padding / seq);
  const node = t.record([a.edge, m.edge], [a.id, m.id], () => {
    // The kernels read features before tokens.
    const input = t.alloc(a.n * a.b);
    const grad = a.edge === null ? -1 : t.alloc(a.n * a.b);
    if (m.edge !== null) t.deliver(m.edge, t.alloc(m.n * m.b));
    t.drop(input);
    if (grad >= 0) t.deliver(a.edge, grad);
  });
  const turned = t.alloc(a.n * a.b);
  const whole = t.tensor(long, a.b, node);
  t.drop(turned);
  t.free(a);
  if (m.id > 0) t.free(m);
  const head = slice(t, whole, batch * seq * (a.n / (batch * seq)));
  const y = unary(t, head, 'input');
  t.free(whole, head);
  return y;
}

/** `-exp(A_log) * softplus(a + dt_bias)`, in fp32: one number for each head and token. */
function decays({ t }: Net, a: Tensor, bias: Leaf, scale: Leaf): Tensor {
  const wide = cast(t, a, 4);
  const shifted = add(t, wide, operand(bias));
  t.free(wide);
  const soft = unary(t, shifted, 'input');
  t.free(shifted);
  const log = cast(t, operand(scale), 4);
  const rate = unary(t, log, 'output');
  const out = mul(t, rate, soft);
  t.free(soft, rate);
  if (log.id > 0) t.free(log);
  return out;
}

/** `repeat_interleave`: a copy with as many heads as the values have. Consumes its input. */
function perValueHead({ t }: Net, x: Tensor, times: number): Tensor {
  if (times === 1) return x;
  const node = t.record([x.edge], [], () => t.deliver(x.edge, t.alloc(x.n * x.b)));
  const y = t.tensor(x.n * times, x.b, node);
  t.free(x);
  return y;
}

/** `Qwen3_5RMSNormGated`: RMSNorm of each head, times the gate's SiLU in fp32. Consumes `x`. */
function gatedNorm(net: Net, x: Tensor, gate: Tensor, weight: Leaf | undefined): Tensor {
  const { t, shape } = net;
  t.at('linear_attn.norm');
  if (weight === undefined) return x;
  const y = normalized(t, x, shape.arch.delta?.valueHeadDim ?? 1);
  const narrow = cast(t, y, x.b);
  t.free(x, y);
  const scaled = mul(t, operand(weight), narrow);
  t.free(narrow);
  const wide = cast(t, gate, 4);
  const open = unary(t, wide, 'input');
  t.free(wide);
  const product = mul(t, scaled, open);
  t.free(scaled, open);
  const out = cast(t, product, x.b);
  t.free(product);
  return out;
}

/** Bytes of a layer's cache while `batch` sequences are sampled: last inputs of the convolution, and states. */
export function deltaState({ shape }: Net, batch: number, bytes: number): readonly number[] {
  const { delta } = shape.arch;
  if (delta === undefined) return [];
  const { valueHeads, keyHeadDim, valueHeadDim, kernel } = delta;
  const states = valueHeads * keyHeadDim * valueHeadDim;
  return [batch * kernel * deltaWidths(delta).mixed * bytes, batch * states * 4];
}
