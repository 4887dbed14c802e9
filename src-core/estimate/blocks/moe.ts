import type { Leaf, Tensor } from '../autograd.ts';
import type { LayerWeights, Net, Proj, Stack } from '../net.ts';
import {
  add,
  cast,
  fused,
  linear,
  mul,
  operand,
  scale,
  share,
  slice,
  split,
  unary,
} from '../ops.ts';
import type { Tape } from '../tape.ts';
import { mlp } from './mlp.ts';

/** A sparse feed-forward block: shared expert, router, and transformers' grouped expert products. */
export function sparse(net: Net, w: LayerWeights, x: Tensor): Tensor {
  const { t } = net;
  if (w.mlp.length === 0) return routed(net, w, x);
  const [, gate] = w.router;
  if (gate === undefined) {
    const chosen = routed(net, w, x);
    return sumOf(t, chosen, mlp(net, w.mlp, x));
  }
  // Where a gate weighs the shared expert, it comes first (Qwen).
  const shared = mlp(net, w.mlp, x);
  const chosen = routed(net, w, x);
  const weighed = sharedGate(net, gate, x, shared);
  t.free(shared);
  return sumOf(t, chosen, weighed);
}

/** Consumes its inputs. */
function sumOf(t: Tape, x: Tensor, y: Tensor): Tensor {
  const sum = add(t, x, y);
  t.free(x, y);
  return sum;
}

function routed(net: Net, w: LayerWeights, x: Tensor): Tensor {
  net.t.at('mlp.gate');
  const routing = route(net, w, x);
  const out = experts(net, w, x, routing);
  net.t.free(routing);
  return out;
}

/** Routers that read their input in fp32 (`hidden_states.type(torch.float32)` in models/glm4_moe, deepseek_v2, deepseek_v3). */
const WIDE: readonly string[] = ['glm4_moe', 'deepseek_v2', 'deepseek_v3'];

function route(net: Net, w: LayerWeights, x: Tensor): Tensor {
  const { t, shape, tokens } = net;
  const gate = w.router[0];
  const k = shape.arch.moe?.expertsPerToken ?? 1;
  if (gate === undefined) return t.tensor(tokens * k, x.b);
  const input = WIDE.includes(shape.arch.modelType) ? cast(t, x, 4) : share(t, x);
  const logits = linear(t, input, gate.w, gate.shape.outFeatures);
  t.free(input);
  const wide = cast(t, logits, 4);
  const probs = unary(t, wide, 'output');
  t.free(wide, logits);
  const index = t.alloc(tokens * k * 8);
  const node = t.record([probs.edge], [index], () => t.deliver(probs.edge, t.alloc(probs.n * 4)));
  const top: Tensor = t.tensor(tokens * k, 4, node);
  t.drop(index);
  t.free(probs);
  const out = cast(t, top, x.b);
  t.free(top);
  return out;
}

function sharedGate({ t }: Net, gate: Proj, x: Tensor, shared: Tensor): Tensor {
  const raw = linear(t, x, gate.w, 1);
  const open = unary(t, raw, 'output');
  t.free(raw);
  const out = mul(t, open, shared);
  t.free(open);
  return out;
}

/** The grouped path, in the wider of the two formats of `x` and `routing`: tokens sorted by expert, two grouped products, and the way back. */
export function experts(net: Net, w: LayerWeights, x: Tensor, routing: Tensor): Tensor {
  const { t, shape, tokens } = net;
  const { moe, hiddenSize: h } = shape.arch;
  const [upStack, downStack] = w.experts;
  if (moe === undefined || upStack === undefined || downStack === undefined) return share(t, x);
  t.at('mlp.experts');
  const upWeight = weightOf(net, upStack);
  const downWeight = weightOf(net, downStack);
  const rows = tokens * moe.expertsPerToken;
  const order = [t.alloc(rows * 8), t.alloc(rows * 8), t.alloc(rows * 8)];
  const selected = gathered(net, x, rows * h);
  const biases = shape.family.sinks ? t.alloc(rows * 2 * moe.expertIntermediateSize * x.b) : 0;
  const both = grouped(net, selected, upWeight, rows * 2 * moe.expertIntermediateSize);
  const filled = masked(net, both);
  t.free(both);
  const product = shape.family.sinks ? clamped(t, filled) : gated(t, filled);
  t.free(filled);
  const later = shape.family.sinks ? t.alloc(rows * h * x.b) : 0;
  t.drop(biases);
  const down = grouped(net, product, downWeight, rows * h);
  t.free(product);
  const clean = masked(net, down);
  t.free(down);
  const weighted = mul(t, clean, routing);
  t.free(clean);
  const back = gathered(net, weighted, rows * h);
  t.free(weighted);
  const sum = summed(net, back, tokens * h);
  t.free(back);
  const out = cast(t, sum, x.b);
  t.free(sum);
  for (const id of order) t.drop(id);
  // Their rows have a name until the end.
  t.free(upWeight, downWeight, selected);
  t.drop(later);
  return out;
}

/** `silu(gate) * up` of two halves. */
function gated(t: Tape, both: Tensor): Tensor {
  const [gate, up] = split(t, both, [both.n / 2, both.n / 2]);
  if (gate === undefined || up === undefined) throw new Error('split gave no halves');
  const act = unary(t, gate, 'input');
  const product = mul(t, act, up);
  t.free(gate, act, up);
  return product;
}

/** gpt-oss: `(up + 1) * gate * sigmoid(1.702 gate)`, both clamped (`GptOssExperts._apply_gate`). */
function clamped(t: Tape, both: Tensor): Tensor {
  const [rawGate, rawUp] = [slice(t, both, both.n / 2), slice(t, both, both.n / 2)];
  const gate = unary(t, rawGate, 'input');
  const up = unary(t, rawUp, 'input');
  t.free(rawGate, rawUp);
  const sharper = scale(t, gate);
  const open = unary(t, sharper, 'output');
  t.free(sharper);
  const glu = mul(t, gate, open);
  const more = add(t, up, { id: 0, n: 1, b: 1, edge: null });
  const product = mul(t, more, glu);
  t.free(gate, up, open, glu, more);
  return product;
}

function gathered(net: Net, x: Tensor, n: number): Tensor {
  const { t } = net;
  const node = t.record([x.edge], [0], () => {
    const sorted = t.alloc(net.tokens * 16);
    const g = t.alloc(x.n * x.b);
    t.drop(sorted);
    t.deliver(x.edge, g);
  });
  return t.tensor(n, x.b, node);
}

function masked(net: Net, x: Tensor): Tensor {
  const { t } = net;
  const node = t.record([x.edge], [0], () => t.deliver(x.edge, t.alloc(x.n * x.b)));
  return t.tensor(x.n, x.b, node);
}

/**
 * Autocast sums in fp32. The gradient is an expanded view, which is all there is to it unless it has to be cast
 * back, element by element.
 */
function summed(net: Net, x: Tensor, n: number): Tensor {
  const { t } = net;
  const b = t.autocast > 0 ? 4 : x.b;
  const node = t.record([x.edge], [], (g) =>
    t.deliver(x.edge, b === x.b ? t.hold(g) : t.alloc(x.n * x.b)),
  );
  return t.tensor(n, b, node);
}

function grouped(net: Net, x: Tensor, w: Tensor, n: number): Tensor {
  const { t } = net;
  const a = cast(t, x, w.b);
  const saved = [w.edge === null ? 0 : a.id, w.id];
  const node = fused(t, [a.edge, w.edge], saved, () => {
    const ga = a.edge === null ? -1 : t.alloc(a.n * a.b);
    const gw = w.edge === null ? -1 : t.alloc(w.n * w.b);
    if (ga >= 0) t.deliver(a.edge, ga);
    if (gw >= 0) t.deliver(w.edge, gw);
  });
  const y = t.tensor(n, w.b, node);
  t.free(a);
  return y;
}

/** A stack as the product reads it: with adapters a second whole stack, `w + B A`. */
function weightOf(net: Net, { w, a, bUp }: Stack): Tensor {
  const { t } = net;
  const base = unpacked(net, w);
  if (a === null || bUp === null) return base;
  const left = cast(t, operand(bUp), w.b);
  const right = cast(t, operand(a), w.b);
  const node = fused(t, [left.edge, right.edge], [left.id, right.id], () => {
    const gl = t.alloc(left.n * left.b);
    const gr = t.alloc(right.n * right.b);
    t.deliver(left.edge, gl);
    t.deliver(right.edge, gr);
  });
  const sum = t.tensor(w.n, w.b, node);
  t.free(left, right);
  if (base.id > 0) t.free(base);
  return sum;
}

/**
 * Packed stacks of experts are unpacked whole where the product reads them, and kept as it keeps them: axolotl
 * registers them as parametrizations (monkeypatch/moe_quant.py). Unsloth's are linear layers, one by one.
 */
function unpacked({ t, spec }: Net, w: Leaf): Tensor {
  if (spec.quantization?.experts !== true || spec.trainer === 'unsloth') return operand(w);
  return t.tensor(w.n, w.b);
}
