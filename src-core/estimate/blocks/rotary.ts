import type { Tensor } from '../autograd.ts';
import { joinsRotated } from '../family.ts';
import type { Net } from '../net.ts';
import { add, copy, join, mul, share, slice } from '../ops.ts';

/** Rotary embedding of q and k. Consumes its inputs. */
export function rotated(net: Net, q: Tensor, k: Tensor): readonly [Tensor, Tensor] {
  const { t } = net;
  t.at('rotary_emb');
  if (net.liger?.rotary) return ligerRotated(net, q, k);
  const qe = rotate(net, q);
  const ke = rotate(net, k);
  t.free(q, k);
  return [qe, ke];
}

/** `q * cos + rotate_half(q) * sin`, and the unrotated rest joined back on. */
export function rotate(net: Net, x: Tensor): Tensor {
  const { t, shape } = net;
  const part = shape.family.rotaryFraction;
  const joins = joinsRotated(shape.family);
  const head = joins ? slice(t, x, x.n * part) : share(t, x);
  const table = (id: number): Tensor => ({ id, n: 1, b: net.wide, edge: null });
  const straight = mul(t, head, table(net.rotary[0]));
  const left = slice(t, head, head.n / 2);
  const right = slice(t, head, head.n / 2);
  const negative = unaryNeg(net, right);
  const turned = join(t, [negative, left]);
  t.free(negative, left, right);
  const crossed = mul(t, turned, table(net.rotary[1]));
  t.free(turned);
  const sum = add(t, straight, crossed);
  t.free(straight, crossed, head);
  if (!joins) return sum;
  const rest = slice(t, x, x.n * (1 - part));
  const whole = join(t, [sum, rest]);
  t.free(sum, rest);
  return whole;
}

function unaryNeg(net: Net, x: Tensor): Tensor {
  const { t } = net;
  const node = t.record([x.edge], [], () => t.deliver(x.edge, t.alloc(x.n * x.b)));
  return t.tensor(x.n, x.b, node);
}

/** Liger rotates in place: on q and k themselves where they are contiguous, else on copies. */
function ligerRotated(net: Net, q: Tensor, k: Tensor): readonly [Tensor, Tensor] {
  const { t } = net;
  const one = (x: Tensor, heads: number): Tensor => {
    const whole = heads > 1 && ligerCopies(net) ? copy(t, x) : share(t, x);
    const node = t.record([whole.edge], [0, 0], (g) => t.deliver(whole.edge, t.hold(g)));
    t.free(x);
    return { id: whole.id, n: x.n, b: x.b, edge: node };
  };
  return [one(q, net.shape.arch.heads), one(k, net.shape.arch.kvHeads)];
}

/** Slices of a fused product, and what Liger's head norms return, are not contiguous there. */
function ligerCopies(net: Net): boolean {
  const { fusedQkv, qkNorm } = net.shape.family;
  return fusedQkv !== 'none' || (qkNorm === 'head' && net.liger?.headNorms === true);
}
