import type { Tensor } from '../autograd.ts';
import type { Net, Proj } from '../net.ts';
import { add, cast, copy, fused, mul, scale, share, split, unary } from '../ops.ts';
import { project } from './project.ts';

/** Gated (`down(act(gate) * up)`) or plain (`down(act(up))`) feed-forward. */
export function mlp(net: Net, projs: readonly Proj[], x: Tensor): Tensor {
  const { t, shape } = net;
  const down = projs[projs.length - 1];
  const first = projs[0];
  if (down === undefined || first === undefined) throw new Error('a layer without MLP');
  if (projs.length === 3 && projs[1] !== undefined) return gated(net, first, projs[1], down, x);
  const up = project(net, first, x);
  const inner = shape.family.fusedGateUp ? fusedGate(net, up) : activation(net, up);
  // The module still names the halves while the last product runs.
  const names = shape.family.fusedGateUp;
  if (!names) t.free(up);
  const out = project(net, down, inner);
  t.free(inner, names ? up : null);
  return out;
}

/** The activation of the feed-forward block. */
export function activation(net: Net, x: Tensor): Tensor {
  const { t } = net;
  const { act } = net.shape.family;
  t.at('mlp.act_fn');
  if (act === 'gelu_new') return newGelu(net, x);
  const y = unary(t, x, act === 'relu' || act === 'relu2' ? 'output' : 'input');
  if (act !== 'relu2') return y;
  const squared = unary(t, y, 'input', 2);
  t.free(y);
  return squared;
}

/** `0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))`, written out in single ops. */
function newGelu(net: Net, x: Tensor): Tensor {
  const { t } = net;
  const half = scale(t, x);
  // Autocast takes powers in fp32, and what follows with them.
  const wide = t.autocast > 0 ? cast(t, x, 4) : share(t, x);
  const cube = unary(t, wide, 'input', 2);
  t.free(wide);
  const part = scale(t, cube);
  t.free(cube);
  const sum = add(t, x, part);
  t.free(part);
  const inner = scale(t, sum);
  t.free(sum);
  const tanh = unary(t, inner, 'output');
  t.free(inner);
  const one = add(t, tanh, { id: 0, n: 1, b: 1, edge: null });
  t.free(tanh);
  const out = mul(t, half, one);
  t.free(half, one);
  return out;
}

function gated(net: Net, gateProj: Proj, upProj: Proj, down: Proj, x: Tensor): Tensor {
  const { t } = net;
  const gate = project(net, gateProj, x);
  if (net.liger?.mlp) return ligerGated(net, gate, upProj, down, x);
  const act = activation(net, gate);
  t.free(gate);
  const up = project(net, upProj, x);
  t.at('mlp.act_fn * up_proj');
  const product = mul(t, act, up);
  t.free(act, up);
  const out = project(net, down, product);
  t.free(product);
  return out;
}

function ligerGated(net: Net, gate: Tensor, upProj: Proj, down: Proj, x: Tensor): Tensor {
  const { t } = net;
  const up = project(net, upProj, x);
  const product = ligerProduct(net, gate, up);
  t.free(gate, up);
  const out = project(net, down, product);
  t.free(product);
  return out;
}

/** Liger's kernel takes each half as a contiguous copy. Consumes its inputs. */
function ligerHalves(net: Net, gate: Tensor, up: Tensor): Tensor {
  const { t } = net;
  const halves = [copy(t, gate), copy(t, up)] as const;
  const product = ligerProduct(net, ...halves);
  t.free(gate, up, ...halves);
  return product;
}

/** `silu(gate) * up`; backward writes the gradients over what was saved. */
function ligerProduct({ t }: Net, gate: Tensor, up: Tensor): Tensor {
  t.at('LigerSiLUMul');
  const node = fused(t, [gate.edge, up.edge], [gate.id, up.id], () => {
    t.deliver(gate.edge, t.hold(gate.id));
    t.deliver(up.edge, t.hold(up.id));
  });
  return t.tensor(gate.n, gate.b, node);
}

/** Phi-3: gate and up come out of one product, as two views of it. */
function fusedGate(net: Net, both: Tensor): Tensor {
  const { t } = net;
  const half = both.n / 2;
  const [gate, up] = split(t, both, [half, half]);
  if (gate === undefined || up === undefined) throw new Error('split gave no halves');
  if (net.liger?.mlp) return ligerHalves(net, gate, up);
  const act = activation(net, gate);
  const product = mul(t, up, act);
  t.free(gate, up, act);
  return product;
}
