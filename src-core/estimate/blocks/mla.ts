import type { MlaSpec } from '../../facts/model.ts';
import type { Tensor } from '../autograd.ts';
import type { LayerWeights, Net } from '../net.ts';
import { cast, join, mul, split } from '../ops.ts';
import { norm } from './norm.ts';
import { project } from './project.ts';

/**
 * Queries, keys and values of multi-head latent attention, rotated: keys and values grow from one small
 * vector for each token, and only a part of each query and key is rotated, in fp32 as complex
 * numbers. transformers 5.17 models/deepseek_v2/modeling_deepseek_v2.py; version 3 rotates otherwise.
 */
export function latent(
  net: Net,
  w: LayerWeights,
  x: Tensor,
  mla: MlaSpec,
): readonly [Tensor, Tensor, Tensor] {
  const { t, tokens } = net;
  const { heads } = net.shape.arch;
  const { kvLoraRank, qkNopeHeadDim, qkRopeHeadDim, vHeadDim } = mla;
  const [down, up] = w.attention.slice(mla.qLoraRank === undefined ? 1 : 2);
  if (down === undefined || up === undefined) throw new Error('a layer without latent keys');
  const q = queries(net, w, x, mla);
  const plain = tokens * heads * qkNopeHeadDim;
  const [qPlain, qTurning] = parts(net, q, [plain, tokens * heads * qkRopeHeadDim]);
  const compressed = project(net, down, x);
  const [small, kTurning] = parts(net, compressed, [tokens * kvLoraRank, tokens * qkRopeHeadDim]);
  const kvNorm = w.norms.slice(mla.qLoraRank === undefined ? -1 : -2);
  const normed = norm(net, small, kvNorm.slice(0, 1), kvLoraRank);
  t.at('rotary_emb');
  const qTurned = turned(net, qTurning);
  const kTurned = turned(net, kTurning);
  t.free(q, compressed, qTurning, kTurning, small);
  const query = join(t, [qPlain, qTurned]);
  t.free(qPlain, qTurned);
  const both = project(net, up, normed);
  t.free(normed);
  const [kPlain, value] = parts(net, both, [plain, tokens * heads * vHeadDim]);
  const spread: Tensor = { ...kTurned, n: qTurned.n };
  const key = join(t, [kPlain, spread]);
  t.free(both, kPlain, kTurned);
  return [query, key, value];
}

function queries(net: Net, w: LayerWeights, x: Tensor, mla: MlaSpec): Tensor {
  const [first, second] = w.attention;
  if (first === undefined || second === undefined) throw new Error('a layer without queries');
  if (mla.qLoraRank === undefined) return project(net, first, x);
  const { t } = net;
  const low = project(net, first, x);
  const normed = norm(net, low, w.norms.slice(-1), mla.qLoraRank);
  t.free(low);
  const q = project(net, second, normed);
  t.free(normed);
  return q;
}

function parts(net: Net, x: Tensor, sizes: readonly [number, number]): readonly [Tensor, Tensor] {
  const [a, b] = split(net.t, x, sizes);
  if (a === undefined || b === undefined) throw new Error('split gave too few parts');
  return [a, b];
}

/** In fp32, times a table of complex numbers, and back. */
function turned(net: Net, x: Tensor): Tensor {
  const { t } = net;
  const wide = cast(t, x, 4);
  const product = mul(t, wide, { id: net.rotary[0], n: 1, b: 4, edge: null });
  t.free(wide);
  const out = cast(t, product, x.b);
  t.free(product);
  return out;
}
