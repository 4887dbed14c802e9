import type { Tensor } from '../autograd.ts';
import type { LayerWeights, Net } from '../net.ts';
import {
  add,
  cast,
  copy,
  dropout,
  matmul,
  mul,
  scale,
  share,
  slice,
  split,
  unary,
} from '../ops.ts';
import type { Tape } from '../tape.ts';
import { turnsResult } from '../terms/saved.ts';
import { deltaNet } from './delta.ts';
import { type Core, eager, repeated, resultSize, sunken } from './eager.ts';
import { latent } from './mla.ts';
import { norm } from './norm.ts';
import { project } from './project.ts';
import { rotated } from './rotary.ts';
import { variedInputs } from './varied.ts';

/** Result of attention: the output, and the weights that eager attention returns beside it. */
export interface Attended {
  readonly out: Tensor;
  /** Held by the decoder layer's `_` until it returns. */
  readonly weights: Tensor | null;
}

/** Self attention from the normalised input to the output projection. */
export function attention(net: Net, w: LayerWeights, x: Tensor): Attended {
  if (w.delta.length > 0) return { out: deltaNet(net, w, x), weights: null };
  const { t } = net;
  const last = w.attention[w.attention.length - 1];
  if (last === undefined) throw new Error('a layer without attention');
  const [q, k, v, gate] = inputsOf(net, w, x);
  const core = coreAttention(net, q, k, v);
  const result = gate === undefined ? core.out : gated(t, core.out, gate);
  const out = project(net, last, result);
  // All have names until the block returns.
  t.free(result, gate, q, k, v);
  return { out, weights: core.weights };
}

function inputsOf(net: Net, w: LayerWeights, x: Tensor): Inputs {
  const { mla, varied } = net.shape.arch;
  if (varied !== undefined) return variedInputs(net, w, x);
  return mla === undefined ? whole(net, w, x) : latent(net, w, x, mla);
}

/** Attention's result times the sigmoid of the gate. Consumes the result. */
function gated(t: Tape, x: Tensor, gate: Tensor): Tensor {
  t.at('self_attn.gate');
  const open = unary(t, gate, 'output');
  const y = mul(t, x, open);
  t.free(x, open);
  return y;
}

/** Queries, keys and values of the full width, and a gate where the family has one. */
function whole(net: Net, w: LayerWeights, x: Tensor): Inputs {
  const [q0, k0, v, gate] = projections(net, w, x);
  const [q1, k1] = normed(net, w, q0, k0);
  const [q, k] = net.shape.family.positions === 'rope' ? rotated(net, q1, k1) : [q1, k1];
  return [q, k, v, gate];
}

/** The kernel that runs: torch's own choice under `sdpa`. */
function coreAttention(net: Net, q: Tensor, k: Tensor, v: Tensor): Core {
  const { family } = net.shape;
  if (net.spec.attention === 'eager') return (family.sinks ? sunken : eager)(net, q, k, v);
  const compute = net.t.autocast > 0 ? net.t.autocast : q.b;
  // No fused kernel takes fp32 with fewer key heads than query heads: torch falls back to `math`.
  const unfused = compute === 4 ? !net.masked : family.broadcastHeads;
  const plain = net.spec.attention === 'sdpa' && unfused && k.n < q.n;
  return plain ? math(net, q, k, v) : flash(net, q, k, v);
}

type Inputs = readonly [q: Tensor, k: Tensor, v: Tensor, gate?: Tensor | undefined];

function projections(net: Net, w: LayerWeights, x: Tensor): Inputs {
  const { t, shape, tokens } = net;
  const [first, second, third] = w.attention;
  if (first === undefined || second === undefined) throw new Error('a layer without projections');
  if (shape.family.fusedQkv !== 'none') {
    const all = project(net, first, x);
    const sizes = [shape.q * tokens, shape.kv * tokens, shape.kv * tokens];
    const sliced = shape.family.fusedQkv === 'split';
    const [q, k, v] = sliced ? sizes.map((n) => slice(t, all, n)) : split(t, all, sizes);
    t.free(all);
    if (!q || !k || !v) throw new Error('split gave too few parts');
    return [q, k, v];
  }
  if (third === undefined || w.attention.length < 4) throw new Error('a layer without v');
  if (shape.family.outputGate) {
    const [q, gate] = queryAndGate(net, project(net, first, x));
    const k = project(net, second, x);
    return [q, k, project(net, third, x), gate];
  }
  const raw = project(net, first, x);
  const q = shape.family.scaledQuery ? scale(t, raw) : share(t, raw);
  t.free(raw);
  const k = project(net, second, x);
  return [q, k, project(net, third, x)];
}

/** Each head's half of the projection is a gate, which is copied (`reshape`). Consumes its input. */
function queryAndGate({ t }: Net, both: Tensor): readonly [Tensor, Tensor] {
  const [q, view] = split(t, both, [both.n / 2, both.n / 2]);
  t.free(both);
  if (q === undefined || view === undefined) throw new Error('split gave no halves');
  const gate = copy(t, view);
  t.free(view);
  return [q, gate];
}

/** RMSNorm on q and k, where the family has it. Consumes its inputs. */
function normed(net: Net, w: LayerWeights, q: Tensor, k: Tensor): readonly [Tensor, Tensor] {
  const kind = net.shape.family.qkNorm;
  if (kind === 'none') return [q, k];
  const { t } = net;
  const { headDim } = net.shape.arch;
  const weights = w.norms.slice(-2);
  const nq = norm(
    net,
    q,
    weights.slice(0, 1),
    kind === 'head' ? headDim : net.shape.q,
    net.shape.arch.heads,
  );
  t.free(q);
  const nk = norm(
    net,
    k,
    weights.slice(1),
    kind === 'head' ? headDim : net.shape.kv,
    net.shape.arch.kvHeads,
  );
  t.free(k);
  return [nq, nk];
}

/** Flash (or, with a mask, memory-efficient) attention of torch's SDPA, and flash-attention 2. */
function flash(net: Net, q0: Tensor, k0: Tensor, v0: Tensor): Core {
  const { t, shape, tokens } = net;
  t.at('scaled_dot_product_attention');
  const b = t.autocast > 0 ? t.autocast : q0.b;
  const grouped = !net.masked && shape.arch.headDim <= 256 && b === 2;
  const kr = grouped ? share(t, k0) : repeated(net, k0);
  const vr = grouped ? share(t, v0) : repeated(net, v0);
  const [q, k, v] = [cast(t, q0, b), cast(t, kr, b), cast(t, vr, b)];
  t.free(kr, vr);
  const heads = shape.arch.heads;
  const lse = tokens * heads * 4;
  // The kernel adds a mask: torch makes it a number for each pair (`convert_boolean_attn_mask`), and keeps it.
  const bias = net.masked ? t.alloc(net.batch * net.seq ** 2 * b) : 0;
  const node = t.record([q.edge, k.edge, v.edge], [q.id, k.id, v.id], () => {
    const temps = attentionScratch(net, q, k);
    const dq = t.alloc(q.n * b);
    const dk = t.alloc(k.n * b);
    const dv = t.alloc(v.n * b);
    for (const id of temps) t.drop(id);
    t.deliver(q.edge, dq);
    t.deliver(k.edge, dk);
    t.deliver(v.edge, dv);
  });
  const out = t.tensor(resultSize(net), b, node);
  const stats = t.alloc(lse);
  t.save(node, net.masked ? [out.id, stats, 0, 0, bias] : [out.id, stats, 0, 0]);
  t.drop(stats);
  t.drop(bias);
  t.free(q, k, v);
  if (net.masked || !turnsResult(net.spec, shape)) return { out, weights: null };
  const flat = copy(t, out);
  t.free(out);
  return { out: flat, weights: null };
}

/** The backward kernel's own buffers: fp32 sums of dq, row sums, and dk, dv for every query head. */
function attentionScratch(net: Net, q: Tensor, k: Tensor): readonly number[] {
  const { t, shape, batch, seq } = net;
  const { heads, headDim } = shape.arch;
  const rows = batch * heads * Math.ceil(seq / 128) * 128;
  const width = Math.ceil(headDim / 32) * 32;
  const ids = [t.alloc(rows * 4)];
  if (q.b === 2) ids.push(t.alloc(rows * width * 4));
  if (k.n < q.n) ids.push(t.alloc(q.n * q.b), t.alloc(q.n * q.b));
  return ids;
}

/** torch's `math` attention: a causal mask a layer, scaled q and k, all scores, their softmax. */
function math(net: Net, q0: Tensor, k0: Tensor, v0: Tensor): Core {
  const { t, shape, batch, seq } = net;
  t.at('scaled_dot_product_attention');
  // 16-bit inputs are taken up to fp32 here, whatever autocast says.
  const autocast = t.autocast;
  t.autocast = 0;
  const wide = [q0, k0, v0].map((x) => cast(t, x, 4));
  const [qw = q0, kw = k0, vw = v0] = wide;
  const q = scale(t, qw);
  const mask = t.alloc(seq * seq * 4);
  const spread = (x: Tensor): Tensor =>
    shape.family.broadcastHeads ? share(t, x) : repeated(net, x);
  const kr = spread(kw);
  const v = spread(vw);
  const k = scale(t, kr);
  t.free(kr);
  const scores = matmul(t, q, k, batch * shape.arch.heads * seq * seq);
  const masked = add(t, scores, { id: 0, n: 1, b: 1, edge: null });
  t.free(scores);
  const soft = unary(t, masked, 'output', 1);
  t.free(masked);
  t.drop(mask);
  const mixed = matmul(t, soft, v, resultSize(net));
  const flat = copy(t, mixed);
  t.free(mixed, q, k, v, soft, ...wide);
  t.autocast = autocast;
  const out = cast(t, flat, q0.b);
  t.free(flat);
  return { out, weights: null };
}

/** Dropout after a block, where the family trains with it. Consumes its input. */
export function blockDropout(net: Net, x: Tensor): Tensor {
  if (net.shape.family.hiddenDropout === 0) return x;
  const y = dropout(net.t, x);
  net.t.free(x);
  return y;
}
