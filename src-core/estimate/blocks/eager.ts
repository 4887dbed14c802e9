import type { Tensor } from '../autograd.ts';
import { joinsRotated } from '../family.ts';
import type { Net } from '../net.ts';
import { add, cast, copy, join, matmul, scale, share, slice, unary } from '../ops.ts';

/** Attention's result, and the weights that eager attention returns beside it. */
export interface Core {
  readonly out: Tensor;
  readonly weights: Tensor | null;
}

/** Keys and values once per query head (`repeat_kv`): a copy where there are fewer of them, a view of a single one. */
export function repeated(net: Net, x: Tensor): Tensor {
  const { t, shape } = net;
  const { heads, kvHeads } = shape.arch;
  if (heads === kvHeads) return share(t, x);
  const n = (x.n * heads) / kvHeads;
  const back = x.n * x.b;
  const node = t.record([x.edge], [], () => t.deliver(x.edge, t.alloc(back)));
  return kvHeads === 1 ? { id: t.hold(x.id), n, b: x.b, edge: node } : t.tensor(n, x.b, node);
}

/** Elements of what attention gives: a value for each query head. */
export function resultSize({ shape, tokens }: Net): number {
  const { heads, headDim, mla } = shape.arch;
  return tokens * heads * (mla?.vHeadDim ?? headDim);
}

/**
 * What `matmul` multiplies: samples and heads as one dimension. That is a copy where tokens lie between them, as
 * projections leave them; a rotated part that was joined with the rest lies head by head, like repeated heads.
 */
function headByHead(net: Net, x: Tensor, lies: boolean): Tensor {
  return lies || net.batch === 1 ? share(net.t, x) : copy(net.t, x);
}

/** Eager attention: scores, mask, fp32 softmax, a 16-bit copy. */
export function eager(net: Net, q0: Tensor, k0: Tensor, v0: Tensor): Core {
  const { t, shape, batch, seq } = net;
  const { heads, kvHeads, mla } = shape.arch;
  t.at('eager_attention');
  const k1 = repeated(net, k0);
  const v1 = repeated(net, v0);
  const n = batch * heads * seq * seq;
  const joined = mla !== undefined || joinsRotated(shape.family);
  const copied = kvHeads > 1 && kvHeads < heads;
  const q = headByHead(net, q0, joined);
  const k = headByHead(net, k1, copied || (joined && kvHeads > 1));
  const scores = matmul(t, q, k, n);
  t.free(q, k);
  const scaled = scale(t, scores);
  t.free(scores);
  const capped = softcapped(net, scaled);
  t.free(scaled);
  const masked = add(t, capped, { id: 0, n: 1, b: 1, edge: null });
  t.free(capped);
  const wide = cast(t, masked, 4);
  const soft = unary(t, wide, 'output', 1);
  t.free(wide);
  const weights = cast(t, soft, q0.b);
  t.free(soft, masked);
  const v = headByHead(net, v1, copied);
  const mixed = matmul(t, weights, v, resultSize(net));
  t.free(v);
  const out = copy(t, mixed);
  t.free(mixed, k1, v1);
  return { out, weights };
}

function softcapped(net: Net, x: Tensor): Tensor {
  const { t, shape } = net;
  if (shape.arch.attnSoftcap === undefined) return share(t, x);
  const divided = scale(t, x);
  const tanh = unary(t, divided, 'output');
  t.free(divided);
  const out = scale(t, tanh);
  t.free(tanh);
  return out;
}

/**
 * gpt-oss: a learned logit beside the scores of each head, their largest taken off, and a softmax in the format of
 * the scores (models/gpt_oss/modeling_gpt_oss.py, `eager_attention_forward`).
 */
export function sunken(net: Net, q: Tensor, k0: Tensor, v0: Tensor): Core {
  const { t, shape, batch, seq } = net;
  t.at('eager_attention');
  const k = repeated(net, k0);
  const v = repeated(net, v0);
  const rows = batch * shape.arch.heads * seq;
  const scores = matmul(t, q, k, rows * seq);
  const scaled = scale(t, scores);
  t.free(scores);
  const masked = add(t, scaled, { id: 0, n: 1, b: 1, edge: null });
  t.free(scaled);
  const all = join(t, [masked, { id: 0, n: rows, b: masked.b, edge: null }]);
  const lowered = belowLargest(net, all, rows);
  t.free(all);
  const soft = unary(t, lowered, 'output', 1);
  t.free(masked);
  const weights = slice(t, soft, rows * seq);
  t.free(soft);
  const mixed = matmul(t, weights, v, resultSize(net));
  const out = copy(t, mixed);
  t.free(mixed, k, v, lowered);
  return { out, weights };
}

/** `x - x.max(dim=-1)`: the largest of a row takes its gradient out of a whole block of zeros. */
function belowLargest({ t }: Net, x: Tensor, rows: number): Tensor {
  const index = t.alloc(rows * 8);
  const top = t.record([x.edge], [index], () => t.deliver(x.edge, t.alloc(x.n * x.b)));
  const largest = t.tensor(rows, x.b, top);
  t.drop(index);
  const y = add(t, x, largest);
  t.free(largest);
  return y;
}
