import { type FloatFormat, fp32 } from '../formats.ts';
import type { Tape } from '../tape.ts';
import { castTo, type Tensor } from '../tensor.ts';
import { eachHead, type Heads, operands, type ScoreExtras, sumGroups } from './heads.ts';

/** Where one query of one head reads and writes. */
interface Row {
  readonly q: number;
  readonly kColumn: number;
  readonly probs: number;
  readonly seen: number;
  readonly column: number;
}

/** The sum of products of `count` neighbours in `a` and `b`. */
function dot(a: Float32Array, at: number, b: Float32Array, bt: number, count: number): number {
  let sum = 0;
  for (let d = 0; d < count; d++) sum += (a[at + d] ?? 0) * (b[bt + d] ?? 0);
  return sum;
}

/** Adds `factor` times `count` neighbours of `from` to neighbours of `to`. */
function addTo(
  to: Float64Array,
  at: number,
  from: Float32Array,
  ft: number,
  factor: number,
  count: number,
): void {
  for (let d = 0; d < count; d++) {
    to[at + d] = (to[at + d] ?? 0) + factor * (from[ft + d] ?? 0);
  }
}

function eachRow(h: Heads, queries: number, keys: number, visit: (row: Row) => void): void {
  const width = h.heads * h.headDim;
  eachHead(h, (head, column, kColumn) => {
    for (let t = 0; t < queries; t++) {
      visit({
        q: t * width + column,
        kColumn,
        probs: (head * queries + t) * keys,
        seen: h.causal ? t + 1 : keys,
        column,
      });
    }
  });
}

/**
 * Fused attention (sdpa, flash): scores stay in fp32; the weights round before they meet the
 * values, and in the backward pass the gradient of the scores does.
 */
export function fusedAttention(
  tape: Tape,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  h: Heads,
  extras: ScoreExtras = {},
): Tensor {
  const { bias } = extras;
  // With an additive bias torch fell back to its reference path, which computes in fp32 throughout.
  const inner = bias ? fp32 : tape.policy.autocast ? tape.policy.compute : q.format;
  const { format, a, b } = operands(tape, q, k);
  const c = castTo(v.format, format, v.data);
  const { headDim, scaling } = h;
  const out = new Float64Array(q.rows * h.heads * headDim);
  const probs = new Float32Array(h.heads * q.rows * k.rows);
  eachRow(h, q.rows, k.rows, (row) => {
    const weights = new Float32Array(row.seen);
    for (let s = 0; s < row.seen; s++) {
      const score = dot(a, row.q, b, s * k.cols + row.kColumn, headDim) * scaling;
      weights[s] = bias ? score + format.round(bias.data[row.probs + s] ?? 0) : score;
    }
    const total = exponentials(weights);
    for (let s = 0; s < row.seen; s++) {
      const weight = weights[s] ?? 0;
      probs[row.probs + s] = weight / total;
      addTo(out, row.q, c, s * v.cols + row.kColumn, inner.round(weight), headDim);
    }
    for (let d = 0; d < headDim; d++) out[row.q + d] = (out[row.q + d] ?? 0) / total;
  });
  return tape.push('attn', format, q.rows, Float32Array.from(out), (grad, result) => {
    const parts = { a, b, c, k, v, probs, grad, out: result.data };
    const { dq, dk, dv, ds } = gradients(parts, h, q.rows, inner);
    if (bias) tape.give(bias, ds, format);
    tape.give(v, sumGroups(dv, v.rows, h, format), format);
    tape.give(k, sumGroups(dk, k.rows, h, format), format);
    tape.give(q, dq, format);
  });
}

/** Replaces scores by exp(score - largest) and returns their sum. */
function exponentials(scores: Float32Array): number {
  const top = scores.reduce((most, x) => Math.max(most, x), -Infinity);
  let total = 0;
  scores.forEach((x, s) => {
    scores[s] = Math.exp(x - top);
    total += scores[s] ?? 0;
  });
  return total;
}

interface Parts {
  readonly a: Float32Array;
  readonly b: Float32Array;
  readonly c: Float32Array;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly probs: Float32Array;
  readonly grad: Float32Array;
  readonly out: Float32Array;
}

interface Gradients {
  readonly dq: Float32Array;
  readonly dk: Float32Array;
  readonly dv: Float32Array;
  /** Of the scores, rounded; zero where a query does not look. */
  readonly ds: Float32Array;
}

/** Sum over keys of weight times the weight's gradient: what `grad . out` is before `out` rounds. */
function weightedSum({ probs, grad, c, v }: Parts, row: Row, headDim: number): number {
  let sum = 0;
  for (let s = 0; s < row.seen; s++) {
    const dp = dot(grad, row.q, c, s * v.cols + row.kColumn, headDim);
    sum += (probs[row.probs + s] ?? 0) * dp;
  }
  return sum;
}

function gradients(parts: Parts, h: Heads, queries: number, format: FloatFormat): Gradients {
  const { a, b, c, k, v, probs, grad, out } = parts;
  const { headDim, scaling } = h;
  const width = h.heads * headDim;
  const exactDelta = format === fp32;
  const dq = new Float64Array(queries * width);
  const dk = new Float64Array(k.rows * width);
  const dv = new Float64Array(v.rows * width);
  const allDs = new Float32Array(probs.length);
  eachRow(h, queries, k.rows, (row) => {
    const delta = exactDelta
      ? weightedSum(parts, row, headDim)
      : dot(grad, row.q, out, row.q, headDim);
    for (let s = 0; s < row.seen; s++) {
      const p = probs[row.probs + s] ?? 0;
      const own = s * width + row.column;
      addTo(dv, own, grad, row.q, format.round(p), headDim);
      const dp = dot(grad, row.q, c, s * v.cols + row.kColumn, headDim);
      const rounded = format.round(p * (dp - delta) * scaling);
      allDs[row.probs + s] = rounded;
      const ds = rounded;
      addTo(dq, row.q, b, s * k.cols + row.kColumn, ds, headDim);
      addTo(dk, own, a, row.q, ds, headDim);
    }
  });
  const f32 = (sums: Float64Array): Float32Array => Float32Array.from(sums);
  return { dq: f32(dq), dk: f32(dk), dv: f32(dv), ds: allDs };
}
