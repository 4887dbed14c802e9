import type { Tensor } from '../autograd.ts';
import type { Net, Proj } from '../net.ts';
import { add, cast, copy, dropout, linear, mul, operand, product, scale, share } from '../ops.ts';
import type { Tape } from '../tape.ts';
import { byteSize } from '../terms/optimizers.ts';

/** Rows up to which bitsandbytes multiplies packed weights directly on Hopper; above, it unpacks. */
const PACKED_ROWS = 64;

/** One linear layer with its quantisation and adapters, as PEFT and bitsandbytes run it. */
export function project(net: Net, p: Proj, x: Tensor): Tensor {
  const { t } = net;
  t.at(p.shape.name);
  if (p.a === null) return base(net, p, x);
  if (p.quant !== 'none') return adaptedBnb(net, p, x);
  return adapted(net, p, x);
}

function base(net: Net, p: Proj, x: Tensor): Tensor {
  if (p.quant === '4bit') return base4bit(net, p, x);
  if (p.quant === '8bit') return base8bit(net, p, x);
  return linear(net.t, x, p.w, p.shape.outFeatures, p.bias);
}

const widthOf = (p: Proj): number => p.shape.inFeatures;

function base4bit(net: Net, p: Proj, x: Tensor): Tensor {
  const { t, spec } = net;
  const compute = byteSize(spec.quantization?.computeDtype ?? 'bfloat16');
  const stored = byteSize(spec.loadDtype);
  const a = cast(t, x, compute);
  const rows = x.n / widthOf(p);
  const weights = p.w.n;
  const nested = spec.quantization?.doubleQuant === true;
  const node = t.record([a.edge], [], () => {
    const w = unpack(t, weights, stored, compute, nested);
    const g = product(t, a.n * a.b);
    t.drop(w);
    t.deliver(a.edge, g);
  });
  const w = rows > PACKED_ROWS ? unpack(t, weights, compute, compute, nested) : 0;
  const y = t.tensor(rows * p.shape.outFeatures, compute, node);
  t.drop(w);
  t.free(a);
  const out = cast(t, y, x.b);
  t.free(y);
  return out;
}

/** The whole weight in 16 bit (and its scales in fp32, where they are packed too). */
function unpack(t: Tape, n: number, stored: number, compute: number, nested: boolean): number {
  const scales = nested ? t.alloc((n / 64) * 4) : 0;
  const w = t.alloc(n * stored);
  t.drop(scales);
  if (stored === compute) return w;
  const cast = t.alloc(n * compute);
  t.drop(w);
  return cast;
}

/**
 * LLM.int8: the input is rounded to 8 bit by way of fp16, the product is summed in 32 bit. The input
 * stays with the node (`ctx.tensors`), whatever checkpointing says, until the graph goes.
 */
function base8bit(net: Net, p: Proj, x: Tensor): Tensor {
  const { t } = net;
  const out = (x.n / widthOf(p)) * p.shape.outFeatures;
  const node = t.record([x.edge], [], () => {
    const w = t.alloc(p.w.n * x.b);
    const g = t.alloc(x.n * x.b);
    t.drop(w);
    t.deliver(x.edge, g);
  });
  if (node !== null) t.pin(x.id);
  const half =
    x.b === 2 && net.spec.quantization?.computeDtype === 'float16' ? 0 : t.alloc(x.n * 2);
  const codes = t.alloc(x.n);
  t.flash(x.n * 2, x.n);
  t.drop(half);
  const sums = t.alloc(out * 4);
  const narrow = t.alloc(out * 2);
  t.drop(sums);
  const y = t.tensor(out, x.b, node);
  t.drop(narrow);
  t.drop(codes);
  return y;
}

/** `lora_B(lora_A(dropout(x)))`. */
function lowRank(net: Net, p: Proj, x: Tensor): Tensor {
  const { t } = net;
  if (p.a === null || p.bUp === null) return share(t, x);
  const rank = p.a.n / widthOf(p);
  const dropped = (net.spec.adapter?.dropout ?? 0) > 0 ? dropout(t, x) : share(t, x);
  const down = linear(t, dropped, p.a, rank);
  t.free(dropped);
  const up = linear(t, down, p.bUp, p.shape.outFeatures);
  t.free(down);
  return up;
}

/** PEFT's `lora.Linear.forward`. */
function adapted(net: Net, p: Proj, x: Tensor): Tensor {
  const { t } = net;
  const result = base(net, p, x);
  const xa = p.a === null ? share(t, x) : cast(t, x, p.a.b);
  const sum = p.magnitude === null ? plainLora(net, p, xa, result) : dora(net, p, xa, result);
  const out = cast(t, sum, result.b);
  t.free(result, sum, xa);
  return out;
}

function plainLora(net: Net, p: Proj, x: Tensor, result: Tensor): Tensor {
  const { t } = net;
  const up = lowRank(net, p, x);
  const scaled = scale(t, up);
  t.free(up);
  const sum = add(t, result, scaled);
  t.free(scaled);
  return sum;
}

/** PEFT's `lora.Linear4bit.forward`, which clones the base result, and `Linear8bitLt.forward`. */
function adaptedBnb(net: Net, p: Proj, x: Tensor): Tensor {
  const { t } = net;
  const raw = base(net, p, x);
  const result = p.quant === '4bit' ? copy(t, raw) : share(t, raw);
  t.free(raw);
  const converts = t.autocast === 0;
  const xa = converts && p.a !== null ? cast(t, x, p.a.b) : share(t, x);
  if (p.magnitude !== null) {
    const sum = dora(net, p, xa, result);
    const out = converts ? cast(t, sum, result.b) : share(t, sum);
    t.free(sum, result, xa);
    return out;
  }
  const up = lowRank(net, p, xa);
  const scaled = scale(t, up);
  t.free(up);
  const output = converts ? cast(t, scaled, result.b) : share(t, scaled);
  t.free(scaled);
  const sum = add(t, result, output);
  t.free(result, output, xa);
  return sum;
}

/** PEFT's DoRA: an identity through both adapters, the weight's norm, then two scaled results. */
function dora(net: Net, p: Proj, x: Tensor, result: Tensor): Tensor {
  const { t, spec } = net;
  const { inFeatures, outFeatures } = p.shape;
  if (p.a === null || p.bUp === null || p.magnitude === null) return share(t, result);
  const drops = (spec.adapter?.dropout ?? 0) > 0;
  const dropped = drops ? dropout(t, x) : share(t, x);
  const unused = t.nodes.length;
  const eye = t.tensor(inFeatures * inFeatures, p.a.b);
  const down = linear(t, eye, p.a, p.a.n / inFeatures);
  t.free(eye);
  const up = linear(t, down, p.bUp, outFeatures);
  t.free(down);
  const delta = cast(t, up, x.b);
  const used = t.nodes.length;
  const stored: Tensor = { id: 0, n: inFeatures * outFeatures, b: p.w.b, edge: null };
  const weight = p.quant === '4bit' ? t.tensor(stored.n, 2) : stored;
  const wide = cast(t, weight, x.b);
  const part = t.alloc(stored.n * x.b);
  const sum = t.alloc(stored.n * x.b);
  t.drop(part);
  const squares = t.alloc(outFeatures * x.b);
  t.drop(sum);
  const loraResult = lowRankPlain(net, p, dropped);
  const baseResult = drops ? withWeight(t, dropped, wide, outFeatures) : share(t, result);
  const scaleRow = operand(p.magnitude);
  const first = mul(t, scaleRow, baseResult);
  const second = mul(t, scaleRow, loraResult);
  const third = scale(t, second);
  t.free(second);
  const dora = add(t, first, third);
  t.free(first, third, loraResult, baseResult);
  const out = add(t, result, dora);
  t.free(dora, delta, up, dropped);
  t.forget(unused, used);
  if (wide.id > 0) t.free(wide);
  if (weight.id > 0) t.free(weight);
  t.drop(squares);
  return out;
}

function lowRankPlain(net: Net, p: Proj, x: Tensor): Tensor {
  const { t } = net;
  if (p.a === null || p.bUp === null) return share(t, x);
  const down = linear(t, x, p.a, p.a.n / widthOf(p));
  const up = linear(t, down, p.bUp, p.shape.outFeatures);
  t.free(down);
  return up;
}

/** A product with a frozen weight that may be a copy of its own: backward keeps that. */
function withWeight(t: Tape, x: Tensor, w: Tensor, out: number): Tensor {
  const a = t.autocast > 0 ? cast(t, x, t.autocast) : share(t, x);
  const m = t.autocast > 0 ? cast(t, w, t.autocast) : share(t, w);
  const node = t.record([a.edge], [m.id], () => t.deliver(a.edge, product(t, a.n * a.b)));
  const y = t.tensor((a.n / (w.n / out)) * out, a.b, node);
  t.free(a, m);
  return y;
}
