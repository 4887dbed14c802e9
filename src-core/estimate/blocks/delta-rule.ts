import type { Tensor } from '../autograd.ts';
import type { Net } from '../net.ts';
import { cast, fused, matmul, mul, scale, unary } from '../ops.ts';
import type { Tape } from '../tape.ts';

/** What the delta rule is given: heads of queries, keys and values, learning rates, logs of decays. */
export interface RuleInputs {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly beta: Tensor;
  readonly decay: Tensor;
}

/** Tokens that are taken together. */
const CHUNK = 64;

/** Features a token, once keys are repeated for each head of values, and chunks of a pass. */
export function deltaSizes({ shape, seq, batch }: Net) {
  const { delta } = shape.arch;
  if (delta === undefined) throw new Error('no delta nets');
  const { keyHeads, valueHeads, keyHeadDim, valueHeadDim } = delta;
  const chunks = Math.ceil(seq / CHUNK);
  return {
    keys: valueHeads * keyHeadDim,
    values: valueHeads * valueHeadDim,
    heads: valueHeads,
    repeats: valueHeads / keyHeads,
    chunks,
    /** Tokens with those that fill the last chunks. */
    padded: batch * chunks * CHUNK,
    /** Elements of one state for each head. */
    state: batch * valueHeads * keyHeadDim * valueHeadDim,
  };
}

/**
 * flash-linear-attention's autograd function: it keeps normalised queries and keys, values, and a small
 * matrix for each chunk, and computes all else again (fla ops/gated_delta_rule/chunk.py).
 */
export function fusedRule(net: Net, { q, k, v, beta, decay }: RuleInputs): Tensor {
  const { t, tokens } = net;
  t.at('linear_attn.chunk_gated_delta_rule');
  const { heads, chunks, state, repeats, keys, values } = deltaSizes(net);
  const { b } = q;
  const rows = tokens * heads * 4;
  const wide = tokens * keys * b;
  const result = tokens * values * b;
  const states = chunks * state * b;
  // Views of the convolution's result are copied (`input_guard`).
  const views = repeats === 1 ? [t.alloc(wide), t.alloc(wide)] : [];
  const own = t.alloc(result);
  const [qn, qr, kn, kr] = [t.alloc(wide), t.alloc(rows), t.alloc(wide), t.alloc(rows)];
  const sums = t.alloc(rows);
  const solved = t.alloc(tokens * heads * CHUNK * b);
  const w = t.alloc(wide);
  const u = t.alloc(result);
  const h = t.alloc(states);
  const fresh = t.alloc(result);
  const edges = [q.edge, k.edge, v.edge, decay.edge, beta.edge];
  const saved = [qn, qr, kn, kr, own, sums, beta.id, solved];
  const node = fused(t, edges, saved, () => {
    const again = [t.alloc(wide), t.alloc(result), t.alloc(states), t.alloc(result)];
    const first = t.alloc(result);
    const dh = t.alloc(states);
    const dv = t.alloc(result);
    t.drop(first);
    const [dq, dk, dg, dw] = [t.alloc(wide), t.alloc(wide), t.alloc(rows), t.alloc(wide)];
    const [dk2, dv2, dg2, db] = [t.alloc(wide), t.alloc(result), t.alloc(rows), t.alloc(rows)];
    for (const id of [...again, dh, dv, dw, dk2, dg2]) t.drop(id);
    const ends = [t.alloc(wide), t.alloc(wide)];
    t.drop(dq);
    t.drop(dk);
    const grads = [ends[0] ?? 0, ends[1] ?? 0, dv2, dg, db];
    for (const [i, edge] of edges.entries()) t.deliver(edge, grads[i] ?? 0);
  });
  const out = t.tensor(tokens * values, b, node);
  for (const id of [...views, own, qn, qr, kn, kr, sums, solved, w, u, h, fresh]) t.drop(id);
  return out;
}

/** `torch_chunk_gated_delta_rule` of transformers, op by op in fp32, whose products autocast narrows. */
export function plainRule(net: Net, inputs: RuleInputs): Tensor {
  const { t, tokens } = net;
  t.at('linear_attn.torch_chunk_gated_delta_rule');
  const { heads, padded, values, keys } = deltaSizes(net);
  const pairs = padded * heads * CHUNK;
  const [qw, kw, vw, bw, dw] = [inputs.q, inputs.k, inputs.v, inputs.beta, inputs.decay].map((x) =>
    cast(t, x, 4),
  ) as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const rows = tokens * heads;
  const qn = unitLength(t, qw, rows);
  const kn = unitLength(t, kw, rows);
  const qs = scale(t, qn);
  t.free(qw, kw, qn);
  const q = filled(t, qs, padded * keys);
  const k = filled(t, kn, padded * keys);
  const v = filled(t, vw, padded * values);
  t.free(qs, kn, vw);
  const beta = filled(t, bw, padded * heads);
  const decay = filled(t, dw, padded * heads);
  t.free(bw, dw);
  const vBeta = mul(t, v, beta);
  const kBeta = mul(t, k, beta);
  const sums = unary(t, decay, 'output');
  const between = pairwise(t, sums, pairs);
  const system = weighed(t, kBeta, k, between, pairs);
  const within = weighed(t, q, k, between, pairs);
  const grown = unary(t, sums, 'output');
  const decayed = mul(t, kBeta, grown);
  const fresh = solved(t, system, vBeta);
  const sunk = solved(t, system, decayed);
  const result = t.alloc(fresh.n * 4);
  const grownQ = unary(t, sums, 'output');
  const q2 = mul(t, q, grownQ);
  t.free(q);
  const grownK = unary(t, sums, 'output');
  const k2 = mul(t, k, grownK);
  t.free(k, grownQ, grownK, grown);
  const scanned = scan(net, { fresh, sunk, q: q2, k: k2, within, result });
  const out = cast(t, { ...scanned, n: tokens * values }, inputs.q.b);
  t.free(scanned, v, beta, decay, vBeta, kBeta, sums, between, system, within, decayed);
  t.free(fresh, sunk, q2, k2);
  return out;
}

/** `l2norm`: x times the inverse root of its sum of squares. */
function unitLength(t: Tape, x: Tensor, rows: number): Tensor {
  const squares = mul(t, x, x);
  const node = t.record([squares.edge], [], (g) => t.deliver(squares.edge, t.hold(g)));
  const sum = t.tensor(rows, 4, node);
  t.free(squares);
  const inverse = unary(t, sum, 'output');
  t.free(sum);
  const y = mul(t, x, inverse);
  t.free(inverse);
  return y;
}

/** `F.pad`: a copy, even where nothing is missing. */
function filled(t: Tape, x: Tensor, n: number): Tensor {
  const node = t.record([x.edge], [], () => t.deliver(x.edge, t.alloc(x.n * x.b)));
  return t.tensor(n, x.b, node);
}

/** Decays between all tokens of a chunk: differences, those of later tokens struck out, `exp`. */
function pairwise(t: Tape, sums: Tensor, pairs: number): Tensor {
  const back = sums.n * 4;
  const node = t.record([sums.edge], [], () => t.deliver(sums.edge, t.alloc(back)));
  const differences = t.tensor(pairs, 4, node);
  const masked = scale(t, differences);
  t.free(differences);
  const out = unary(t, masked, 'output');
  t.free(masked);
  return out;
}

/** A product of two of a chunk's matrices, times the decays between its tokens. */
function weighed(t: Tape, x: Tensor, y: Tensor, between: Tensor, pairs: number): Tensor {
  const product = matmul(t, x, y, pairs);
  const out = mul(t, product, between);
  t.free(product);
  return out;
}

/** `solve_triangular`, which keeps the system and its result. */
function solved(t: Tape, system: Tensor, x: Tensor): Tensor {
  const node = t.record([system.edge, x.edge], [system.id], () => {
    const gx = t.alloc(x.n * 4);
    const product = t.alloc(system.n * 4);
    const gs = t.alloc(system.n * 4);
    t.drop(product);
    t.deliver(x.edge, gx);
    t.deliver(system.edge, gs);
  });
  const y = t.tensor(x.n, 4, node);
  t.save(node, [y.id]);
  return y;
}

interface Scanned {
  readonly fresh: Tensor;
  readonly sunk: Tensor;
  readonly q: Tensor;
  readonly k: Tensor;
  readonly within: Tensor;
  /** The block that results are written into. */
  readonly result: number;
}

/**
 * The states from chunk to chunk, all chunks at once: of each one the products keep what they read, a slice
 * of every input and the state before it, in 16 bit under autocast, and the sum the state itself. Backward
 * has a whole gradient for every sliced input and a zero one that the next slice is written into.
 */
function scan(net: Net, { fresh, sunk, q, k, within, result }: Scanned): Tensor {
  const { t } = net;
  const { chunks, state } = deltaSizes(net);
  const inputs = [fresh, sunk, q, k, within];
  const narrow = t.autocast > 0;
  const b = narrow ? t.autocast : 4;
  // The first state is zero, the last is not asked for.
  const later = (chunks - 1) / chunks;
  const kept: number[] = [];
  const keep = (bytes: number): number => kept.push(t.alloc(bytes));
  keep(chunks * state * 4 * later);
  if (narrow) {
    keep(2 * chunks * state * b);
    for (const x of [sunk, q, k]) keep(x.n * b * later);
    keep(within.n * b);
    keep(fresh.n * b * (1 + later));
  } else keep(fresh.n * 4);
  const whole = narrow ? [] : [sunk.id, q.id, k.id, within.id];
  const node = t.record(
    inputs.map((x) => x.edge),
    [...kept, ...whole],
    () => {
      const grads = inputs.map((x) => t.alloc(x.n * 4));
      t.flash(fresh.n * 4, fresh.n * 4);
      inputs.forEach((x, i) => {
        t.deliver(x.edge, grads[i] ?? 0);
      });
    },
  );
  for (const id of kept) t.drop(id);
  return { id: result, n: fresh.n, b: 4, edge: node };
}
