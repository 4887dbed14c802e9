import type { Tensor } from '../autograd.ts';
import type { LayerWeights, Model, Net, Proj } from '../net.ts';
import { add, cast, linear, mul, operand, scale, share, slice, unary } from '../ops.ts';
import type { Tape } from '../tape.ts';
import { activation, mlp } from './mlp.ts';
import { experts } from './moe.ts';
import { norm, normalized } from './norm.ts';
import { project } from './project.ts';
import { rotate } from './rotary.ts';

/*
 * What Gemma 4 has beyond other decoders: transformers 5.17 models/gemma4/modeling_gemma4.py,
 * `Gemma4TextModel`, `Gemma4TextDecoderLayer`, `Gemma4TextAttention` and `Gemma4TextRouter`.
 */

/** Norms around attention and feed-forward, in front of the others. */
const AROUND = 4;

/** Queries, keys and values; layers without projections of their own hold those of an earlier layer. */
export function variedInputs(
  net: Net,
  w: LayerWeights,
  x: Tensor,
): readonly [q: Tensor, k: Tensor, v: Tensor] {
  const { t, shape, tokens } = net;
  const [toQ, toK, toV] = w.attention;
  if (toQ === undefined || toK === undefined) throw new Error('a layer without projections');
  const keys = w.attention.length - 2;
  const [normQ, normK] = w.norms.slice(keys > 0 ? -2 : -1);
  const first = t.nodes.length;
  const q = turned(net, project(net, toQ, x), normQ, shape.arch.heads);
  const second = t.nodes.length;
  if (keys === 0) {
    const held: Tensor = { id: 0, n: shape.kv * tokens, b: q.b, edge: null };
    return [q, held, held];
  }
  const raw = project(net, toK, x);
  const value = keys > 1 && toV !== undefined ? project(net, toV, x) : share(t, raw);
  const k = turned(net, raw, normK, shape.arch.kvHeads);
  const v = bare(t, value, shape.arch.headDim);
  t.free(value);
  net.store?.(first, second, [k.id, v.id]);
  return [q, k, v];
}

/** Normed by head, then rotated. Consumes `x`. */
function turned(
  net: Net,
  x: Tensor,
  weight: LayerWeights['norms'][number] | undefined,
  heads: number,
): Tensor {
  const { t } = net;
  const weights = weight === undefined ? [] : [weight];
  const normed = norm(net, x, weights, net.shape.arch.headDim, heads);
  t.free(x);
  t.at('rotary_emb');
  const y = rotate(net, normed);
  t.free(normed);
  return y;
}

/** RMSNorm without a weight, in fp32. */
function bare(t: Tape, x: Tensor, width: number): Tensor {
  const wide = normalized(t, x, width);
  const y = cast(t, wide, x.b);
  t.free(wide);
  return y;
}

/** The dense block beside experts that read the residual stream; both normed and summed. */
export function besideExperts(net: Net, w: LayerWeights, x: Tensor, mid: Tensor): Tensor {
  const { t, shape } = net;
  const h = shape.arch.hiddenSize;
  const dense = mlp(net, w.mlp, x);
  const first = norm(net, dense, w.norms.slice(AROUND, AROUND + 1), h);
  t.at('router');
  const routing = route(net, w, mid);
  const input = norm(net, mid, w.norms.slice(AROUND + 2, AROUND + 3), h);
  const chosen = experts(net, w, input, routing);
  t.free(input, routing);
  const second = norm(net, chosen, w.norms.slice(AROUND + 1, AROUND + 2), h);
  t.free(chosen);
  const sum = add(t, first, second);
  t.free(first, second, dense);
  return sum;
}

/** Weights of the chosen experts: autocast takes softmax to fp32, and they stay there. */
function route(net: Net, w: LayerWeights, x: Tensor): Tensor {
  const { t, shape, tokens } = net;
  const [gate] = w.router;
  const [perFeature, perExpert] = w.scales;
  const k = shape.arch.moe?.expertsPerToken ?? 1;
  if (!gate || !perFeature || !perExpert) throw new Error('a router without its weights');
  const normed = bare(t, x, shape.arch.hiddenSize);
  const weighed = mul(t, normed, operand(perFeature));
  const scaled = scale(t, weighed);
  t.free(normed, weighed);
  const scores = linear(t, scaled, gate.w, gate.shape.outFeatures);
  const wide = cast(t, scores, t.autocast > 0 ? 4 : scores.b);
  const probs = unary(t, wide, 'output');
  t.free(wide, scores, scaled);
  const index = t.alloc(tokens * k * 8);
  const node = t.record([probs.edge], [index], () =>
    t.deliver(probs.edge, t.alloc(probs.n * probs.b)),
  );
  const top: Tensor = t.tensor(tokens * k, probs.b, node);
  t.drop(index);
  t.free(probs);
  const out = mul(t, top, { ...operand(perExpert), n: tokens * k });
  t.free(top);
  return out;
}

/** The layer's own embedding, gated by the residual stream, and the scale of the whole. Consumes `x`. */
export function variedEnd(net: Net, w: LayerWeights, x: Tensor): Tensor {
  const { t } = net;
  const [gate, back] = w.perLayer;
  if (net.perLayer === null || gate === undefined || back === undefined) return rescaled(t, x);
  const own = ownInput(net, w, x, gate, back);
  const sum = add(t, x, own);
  t.free(x, own);
  return rescaled(t, sum);
}

function ownInput(net: Net, w: LayerWeights, x: Tensor, gate: Proj, back: Proj): Tensor {
  const { t, shape, perLayer } = net;
  if (perLayer === null) return x;
  const narrow = project(net, gate, x);
  const open = activation(net, narrow);
  t.free(narrow);
  const own = slice(t, perLayer, perLayer.n / shape.arch.layers);
  const product = mul(t, open, own);
  t.free(open, own);
  const wide = project(net, back, product);
  t.free(product);
  const at = AROUND + (shape.arch.moe === undefined ? 0 : 3);
  const y = norm(net, wide, w.norms.slice(at, at + 1), shape.arch.hiddenSize);
  t.free(wide);
  return y;
}

/** `hidden_states *= layer_scalar`: in place, with a gradient of its own. */
function rescaled(t: Tape, x: Tensor): Tensor {
  const node = t.record([x.edge], [0], () => t.deliver(x.edge, t.alloc(x.n * x.b)));
  return { ...x, edge: node };
}

/** What the layers take from their own embeddings: rows by token, and a projection of `x`; null: none. */
export function perLayerInputs(net: Net, model: Model, x: Tensor): Tensor | null {
  const { t, tokens } = net;
  if (model.perLayer === null) return null;
  const { embedding, projection, norm: weight } = model.perLayer;
  t.at('embed_tokens_per_layer');
  const n = tokens * projection.shape.outFeatures;
  const node = t.record([embedding.trains ? embedding : null], [0], () =>
    t.deliver(embedding, t.alloc(embedding.n * embedding.b)),
  );
  const rows = t.tensor(n, embedding.b, node);
  const tokensOf = scale(t, rows);
  t.free(rows);
  const raw = project(net, projection, x);
  const scaled = scale(t, raw);
  t.free(raw);
  const normed = norm(net, scaled, [weight], net.shape.arch.varied?.perLayer ?? 1);
  t.free(scaled);
  const sum = add(t, normed, tokensOf);
  t.free(normed, tokensOf);
  const out = scale(t, sum);
  t.free(sum);
  return out;
}
