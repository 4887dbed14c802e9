import type { Leaf, Tensor } from '../autograd.ts';
import type { Net } from '../net.ts';
import { add, cast, copy, fused, mul, operand, share, unary } from '../ops.ts';
import type { Tape } from '../tape.ts';

/**
 * Applies norm weights `w` (weight, and bias for LayerNorm) over rows of `width`; `heads` are those
 * of a norm on q or k.
 */
export function norm(net: Net, x: Tensor, w: readonly Leaf[], width: number, heads = 0): Tensor {
  const weight = w[0];
  const kind = net.shape.family.norm;
  if (kind === 'bare') return bareNorm(net.t, x, width);
  if (weight === undefined) return share(net.t, x);
  if (kind === 'layer') return layerNorm(net, x, w, width);
  if (heads === 0 ? net.liger?.norms : net.liger?.headNorms) {
    return ligerHeadNorm(net, x, weight, width, heads);
  }
  if (kind === 'rms-late') return lateNorm(net, x, weight, width);
  return kind === 'gemma' ? gemmaNorm(net.t, x, weight, width) : rmsNorm(net.t, x, weight, width);
}

/** `x.float()`, mean of squares, rsqrt, product: what both RMSNorms begin with. */
export function normalized(t: Tape, x: Tensor, width: number): Tensor {
  const x32 = cast(t, x, 4);
  const rows = x.n / width;
  const squares = unary(t, x32, 'input', 2);
  const mean = rowMean(t, squares, rows);
  t.free(squares);
  const shifted = addNumber(t, mean);
  const r = unary(t, shifted, 'output');
  t.free(shifted);
  const y = mul(t, x32, r);
  t.free(r, x32, mean);
  return y;
}

function rowMean(t: Tape, x: Tensor, rows: number): Tensor {
  const node = t.record([x.edge], [], () => t.deliver(x.edge, t.alloc(x.n * x.b)));
  return t.tensor(rows, 4, node);
}

function addNumber(t: Tape, x: Tensor): Tensor {
  const node = t.record([x.edge], [], (g) => t.deliver(x.edge, t.hold(g)));
  return t.tensor(x.n, x.b, node);
}

function rmsNorm(t: Tape, x: Tensor, w: Leaf, width: number): Tensor {
  const y = normalized(t, x, width);
  const z = cast(t, y, x.b);
  const out = mul(t, operand(w), z);
  // What is normalized has a name until the norm returns.
  t.free(z, y);
  return out;
}

/** The weight multiplies in fp32, and the product is cast back. Gemma 4 gives the product the name of its factor. */
function lateNorm({ t, shape }: Net, x: Tensor, w: Leaf, width: number): Tensor {
  const y = normalized(t, x, width);
  const scaled = mul(t, operand(w), y);
  const renames = shape.arch.varied !== undefined;
  if (renames) t.free(y);
  const out = cast(t, scaled, x.b);
  t.free(scaled, renames ? null : y);
  return out;
}

/** OLMo: LayerNorm in fp32 without weight or bias, cast back. */
function bareNorm(t: Tape, x: Tensor, width: number): Tensor {
  const wide = cast(t, x, 4);
  const node = t.record([wide.edge], [wide.id], () => t.deliver(wide.edge, t.alloc(x.n * 4)));
  const y = t.tensor(x.n, 4, node);
  const stats = [t.alloc((x.n / width) * 4), t.alloc((x.n / width) * 4)];
  t.save(node, stats);
  for (const id of stats) t.drop(id);
  t.free(wide);
  const out = cast(t, y, x.b);
  t.free(y);
  return out;
}

function gemmaNorm(t: Tape, x: Tensor, w: Leaf, width: number): Tensor {
  const y = normalized(t, x, width);
  const w32 = cast(t, operand(w), 4);
  const one = addNumber(t, w32);
  const scaled = mul(t, y, one);
  t.free(y, w32, one);
  const out = cast(t, scaled, x.b);
  t.free(scaled);
  return out;
}

/** Autocast runs LayerNorm in fp32. It saves its input, and 8 bytes of statistics a row. */
function layerNorm(net: Net, x: Tensor, w: readonly Leaf[], width: number): Tensor {
  const { t } = net;
  const wide = t.autocast > 0 ? 4 : x.b;
  const a = cast(t, x, wide);
  const params = w.map((leaf) => cast(t, operand(leaf), wide));
  const rows = x.n / width;
  const node = t.record(
    [a.edge, ...params.map((p) => p.edge)],
    [a.id, ...params.map((p) => p.id)],
    () => {
      const g = t.alloc(a.n * a.b);
      for (const p of params) if (p.edge !== null) t.deliver(p.edge, t.alloc(p.n * p.b));
      t.deliver(a.edge, g);
    },
  );
  const y = t.tensor(x.n, wide, node);
  const stats = [t.alloc(rows * 4), t.alloc(rows * 4)];
  t.save(node, stats);
  for (const id of stats) t.drop(id);
  t.free(a, ...params);
  return y;
}

/** Norms of heads read a transposed view: Liger's kernel wants it copied. `heads` 0: no view. */
function ligerHeadNorm(net: Net, x: Tensor, w: Leaf, width: number, heads: number): Tensor {
  if (heads <= 1 || net.shape.family.qkNorm === 'full') return ligerNorm(net, x, w, width);
  const y = copy(net.t, x);
  const out = ligerNorm(net, y, w, width);
  net.t.free(y);
  return out;
}

/** Liger keeps the 16-bit input and one fp32 number a row; its backward writes over the gradient. */
function ligerNorm(net: Net, x: Tensor, w: Leaf, width: number): Tensor {
  const { t } = net;
  const rows = x.n / width;
  const rstd = t.alloc(rows * 4);
  const node = fused(t, [x.edge, w.trains ? w : null], [x.id, 0, rstd], (g) => {
    const partial = t.alloc(132 * width * 4);
    const dx = net.liger?.inPlace === false ? t.alloc(x.n * x.b) : t.hold(g);
    if (w.trains) t.deliver(w, t.alloc(w.n * w.b));
    t.drop(partial);
    t.deliver(x.edge, dx);
  });
  const y = t.tensor(x.n, x.b, node);
  t.drop(rstd);
  return y;
}

/** Residual sum: `x` is consumed, `y` too. */
export function residual(net: Net, x: Tensor, y: Tensor): Tensor {
  const sum = add(net.t, x, y);
  net.t.free(x, y);
  return sum;
}
