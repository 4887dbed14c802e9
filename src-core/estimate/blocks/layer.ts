import type { Leaf, Tensor } from '../autograd.ts';
import type { LayerWeights, Net } from '../net.ts';
import { add, scale, share } from '../ops.ts';
import { attention, blockDropout } from './attention.ts';
import { mlp } from './mlp.ts';
import { sparse } from './moe.ts';
import { norm } from './norm.ts';
import { besideExperts, variedEnd } from './varied.ts';

/** One decoder layer. The caller keeps `x`; the result is a new tensor. */
export function decoderLayer(net: Net, w: LayerWeights, x: Tensor): Tensor {
  if (net.shape.family.parallelResidual) return parallelLayer(net, w, x);
  const { t, shape } = net;
  const { norms } = shape.family;
  const pick = norms4(net, w);
  const h = net.shape.arch.hiddenSize;
  t.at('input_layernorm');
  const first = norms === 'post' ? share(t, x) : norm(net, x, pick(0), h);
  const attended = attention(net, w, first);
  t.free(first);
  const dropped = scaled(net, blockDropout(net, attended.out));
  const after = norms === 'pre' ? dropped : normed(net, dropped, pick(norms === 'post' ? 0 : 1));
  t.at('residual');
  const mid = add(t, x, after);
  t.free(after);
  t.at('post_attention_layernorm');
  const second =
    norms === 'post' ? share(t, mid) : norm(net, mid, pick(norms === 'pre' ? 1 : 2), h);
  const fed = feedForward(net, w, second, mid);
  t.free(second);
  const fedDropped = scaled(net, blockDropout(net, fed));
  const last =
    norms === 'pre' ? fedDropped : normed(net, fedDropped, pick(norms === 'post' ? 1 : 3));
  t.at('residual');
  const out = add(t, mid, last);
  t.free(mid, last, attended.weights);
  return shape.arch.varied === undefined ? out : variedEnd(net, w, out);
}

function scaled(net: Net, x: Tensor): Tensor {
  if (!net.shape.family.scaledResidual) return x;
  const y = scale(net.t, x);
  net.t.free(x);
  return y;
}

function feedForward(net: Net, w: LayerWeights, x: Tensor, mid: Tensor): Tensor {
  if (w.experts.length === 0) return mlp(net, w.mlp, x);
  const beside = net.shape.arch.varied !== undefined;
  return beside ? besideExperts(net, w, x, mid) : sparse(net, w, x);
}

function normed(net: Net, x: Tensor, w: readonly Leaf[]): Tensor {
  const y = norm(net, x, w, net.shape.arch.hiddenSize);
  net.t.free(x);
  return y;
}

/** The i-th norm of a layer: one leaf, or weight and bias. */
function norms4(net: Net, w: LayerWeights): (i: number) => readonly Leaf[] {
  const each = net.shape.family.normBias ? 2 : 1;
  return (i) => w.norms.slice(i * each, i * each + each);
}

/** GPT-NeoX and Phi: attention and MLP read the same input. */
function parallelLayer(net: Net, w: LayerWeights, x: Tensor): Tensor {
  const { t } = net;
  const pick = norms4(net, w);
  const h = net.shape.arch.hiddenSize;
  t.at('input_layernorm');
  const shared = net.shape.family.sharedNorm;
  const first = norm(net, x, pick(0), h);
  const attended = attention(net, w, first);
  t.free(...(shared ? [] : [first]));
  t.at('post_attention_layernorm');
  const second = shared ? first : norm(net, x, pick(1), h);
  const fed = mlp(net, w.mlp, second);
  t.free(second);
  t.at('residual');
  const partial = add(t, fed, attended.out);
  t.free(fed);
  const out = add(t, partial, x);
  t.free(partial, attended.out, attended.weights);
  return out;
}
