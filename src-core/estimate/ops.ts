import { type Edge, Leaf, type Node, type Tensor } from './autograd.ts';
import { componentIndex, type Tape } from './tape.ts';

const COPIES = componentIndex('weight copies');

const bytesOf = (x: Tensor): number => x.n * x.b;

/** The same data under another name: holds the block, shares the edge. */
export function share(t: Tape, x: Tensor): Tensor {
  t.hold(x.id);
  return x;
}

/** `x.to(dtype)`: the same tensor when it already has that width. */
export function cast(t: Tape, x: Tensor, b: number): Tensor {
  if (x.b === b) return share(t, x);
  const back = bytesOf(x);
  const node = t.record([x.edge], [], () => t.deliver(x.edge, t.alloc(back)));
  return t.tensor(x.n, b, node);
}

/** A weight as autocast gives it to a matrix product: cached while it trains, else private. */
export function castWeight(t: Tape, w: Leaf): Tensor {
  const plain: Tensor = { id: 0, n: w.n, b: w.b, edge: w.trains ? w : null };
  if (t.autocast === 0 || w.b <= t.autocast) return plain;
  if (w.cast !== null) return share(t, w.cast);
  const node = t.record([plain.edge], [], () => t.deliver(w, t.alloc(w.n * w.b)));
  const copy = t.tensor(w.n, t.autocast, node, COPIES);
  if (!w.trains) return copy;
  w.cast = share(t, copy);
  t.casts.push(w);
  return copy;
}

/**
 * `F.linear(x, w)`: `rows` × in by in × `out`. Saves x when the weight trains, and a private weight
 * copy when x needs a gradient. Its autocast copy of x stays with it.
 */
export function linear(t: Tape, x: Tensor, w: Leaf, out: number, bias: Leaf | null = null): Tensor {
  const a = t.autocast > 0 && x.b > t.autocast ? cast(t, x, t.autocast) : share(t, x);
  const m = castWeight(t, w);
  const c = bias === null ? null : castWeight(t, bias);
  const inputs = a.n;
  const rows = inputs / (w.n / out);
  const saved: number[] = [];
  if (m.edge !== null) saved.push(a.id);
  if (a.edge !== null) saved.push(m.id);
  const node = t.record([a.edge, m.edge, c === null ? null : c.edge], saved, () => {
    const input = (): number => (a.edge === null ? -1 : product(t, inputs * a.b));
    const weight = (): number => (m.edge === null ? -1 : product(t, m.n * m.b));
    // Autograd computes gradients in the order of its names: mat1, mat2, self; mat2, self.
    const early = c === null ? -1 : input();
    const gm = weight();
    const ga = c === null ? input() : early;
    if (c !== null && c.edge !== null) t.deliver(c.edge, t.alloc(out * c.b));
    if (ga >= 0) t.deliver(a.edge, ga, true);
    if (gm >= 0) t.deliver(m.edge, gm, true);
  });
  const y = t.tensor(rows * out, a.b, node);
  t.multiplied();
  t.free(a);
  if (m.id > 0) t.free(m);
  if (c !== null && c.id > 0) t.free(c);
  return y;
}

/** The result of a matrix product of `bytes`, and the workspace it may be the first to need. */
export function product(t: Tape, bytes: number): number {
  const id = t.alloc(bytes);
  t.multiplied();
  return id;
}

/** Elementwise product; the smaller operand is broadcast. */
export function mul(t: Tape, x: Tensor, y: Tensor): Tensor {
  const n = Math.max(x.n, y.n);
  const b = Math.max(x.b, y.b);
  const saved: number[] = [];
  if (x.edge !== null) saved.push(y.id);
  if (y.edge !== null) saved.push(x.id);
  const node = t.record([x.edge, y.edge], saved, () => {
    // Both products are there before the first is summed and cast to what it is the gradient of.
    const rawY = y.edge === null ? -1 : t.alloc(n * b);
    const rawX = x.edge === null ? -1 : t.alloc(n * b);
    const gx = fitted(t, rawX, n, b, x);
    const gy = fitted(t, rawY, n, b, y);
    if (gx >= 0) t.deliver(x.edge, gx);
    if (gy >= 0) t.deliver(y.edge, gy);
  });
  return t.tensor(n, b, node);
}

function fitted(t: Tape, raw: number, n: number, b: number, to: Tensor): number {
  if (raw < 0) return raw;
  const g = to.n < n ? replaced(t, raw, to.n * b) : raw;
  return to.b < b ? replaced(t, g, to.n * to.b) : g;
}

function replaced(t: Tape, old: number, bytes: number): number {
  const next = t.alloc(bytes);
  t.drop(old);
  return next;
}

/** A batched matrix product of two activations: both are saved, as the copies that bmm reads. */
export function matmul(t: Tape, x0: Tensor, y0: Tensor, n: number): Tensor {
  const b = t.autocast > 0 ? t.autocast : x0.b;
  const x = cast(t, x0, b);
  const y = cast(t, y0, b);
  const node = t.record([x.edge, y.edge], [y.id, x.id], () => {
    const gy = y.edge === null ? -1 : t.alloc(y.n * b);
    const gx = x.edge === null ? -1 : t.alloc(x.n * b);
    t.multiplied();
    if (gx >= 0) t.deliver(x.edge, gx);
    if (gy >= 0) t.deliver(y.edge, gy);
  });
  const out = t.tensor(n, b, node);
  t.free(x, y);
  return out;
}

/** Product with a number: saves nothing that costs. */
export function scale(t: Tape, x: Tensor): Tensor {
  const node = t.record([x.edge], [0], () => t.deliver(x.edge, t.alloc(bytesOf(x))));
  return t.tensor(x.n, x.b, node);
}

/** Sum of two tensors: the gradient passes to both. */
export function add(t: Tape, x: Tensor, y: Tensor): Tensor {
  const n = Math.max(x.n, y.n);
  const b = Math.max(x.b, y.b);
  const node = t.record([x.edge, y.edge], [], (g) => {
    passOn(t, g, n, b, x);
    passOn(t, g, n, b, y);
  });
  return t.tensor(n, b, node);
}

function passOn(t: Tape, g: number, n: number, b: number, to: Tensor): void {
  if (to.edge === null) return;
  const same = to.n === n && to.b === b;
  t.deliver(to.edge, same ? t.hold(g) : t.alloc(bytesOf(to)));
}

/** An elementwise function that saves its input (silu, gelu, pow) or its result (relu, rsqrt, tanh). */
export function unary(t: Tape, x: Tensor, saves: 'input' | 'output', scratch = 0): Tensor {
  const node = t.record([x.edge], saves === 'input' ? [x.id] : [], () => {
    const temps: number[] = [];
    for (let i = 0; i < scratch; i++) temps.push(t.alloc(bytesOf(x)));
    t.deliver(x.edge, t.alloc(bytesOf(x)));
    for (const id of temps) t.drop(id);
  });
  const y = t.tensor(x.n, x.b, node);
  if (saves === 'output') t.save(node, [y.id]);
  return y;
}

/** Dropout with p > 0: a byte of mask per element. */
export function dropout(t: Tape, x: Tensor): Tensor {
  const node = t.record([x.edge], [], () => t.deliver(x.edge, t.alloc(bytesOf(x))));
  const mask = t.alloc(x.n);
  const y = t.tensor(x.n, x.b, node);
  t.save(node, [mask]);
  t.drop(mask);
  return y;
}

/** A copy with the gradient copied back (`contiguous`, `clone`): backward passes it on. */
export function copy(t: Tape, x: Tensor): Tensor {
  const node = t.record([x.edge], [], (g) => t.deliver(x.edge, t.hold(g)));
  return t.tensor(x.n, x.b, node);
}

/** A slice: a view; its backward fills a zero tensor of the whole. */
export function slice(t: Tape, x: Tensor, n: number): Tensor {
  const whole = bytesOf(x);
  const node = t.record([x.edge], [], () => t.deliver(x.edge, t.alloc(whole)));
  t.hold(x.id);
  return { id: x.id, n, b: x.b, edge: node };
}

/** `torch.cat`: a new tensor; its backward hands out views. */
export function join(t: Tape, parts: readonly Tensor[]): Tensor {
  const n = parts.reduce((sum, p) => sum + p.n, 0);
  const b = parts[0]?.b ?? 2;
  const node = t.record(
    parts.map((p) => p.edge),
    [],
    (g) => {
      for (const p of parts) if (p.edge !== null) t.deliver(p.edge, t.hold(g));
    },
  );
  return t.tensor(n, b, node);
}

/** A parameter as an operand of an elementwise op. */
export function operand(w: Leaf): Tensor {
  return { id: 0, n: w.n, b: w.b, edge: w.trains ? w : null };
}

/** A backward function of a fused kernel: keeps `saved`, runs `run`. */
export function fused(
  t: Tape,
  edges: readonly Edge[],
  saved: readonly number[],
  run: (g: number) => void,
): Node | null {
  return t.record(edges, saved, run);
}

/** A leaf that is not a parameter: an input that asks for its gradient. */
export function inputLeaf(n: number, b: number): Leaf {
  return new Leaf(n, b, true, false);
}

/** `chunk` or `split`: views; backward joins their gradients into one new tensor. */
export function split(t: Tape, x: Tensor, sizes: readonly number[]): readonly Tensor[] {
  const parts: number[] = [];
  const node = t.record([x.edge], [], () => {
    const whole = t.alloc(bytesOf(x));
    for (const id of parts.splice(0)) t.drop(id);
    t.deliver(x.edge, whole);
  });
  return sizes.map((n) => {
    t.hold(x.id);
    const part = t.record([node], [], (g) => {
      parts.push(t.hold(g));
      if (node !== null && node.g < 0) node.g = 0;
    });
    return { id: x.id, n, b: x.b, edge: part };
  });
}
