import { fp32 } from '../formats.ts';
import type { Tape } from '../tape.ts';
import { promote, type Tensor } from '../tensor.ts';

/** Rotary embedding: `half` pairs i with i + n/2, `interleaved` pairs 2i with 2i + 1. */
export interface Rope {
  readonly theta: number;
  readonly headDim: number;
  /** Leading columns of each head that turn. */
  readonly rotaryDim: number;
  readonly style: 'half' | 'interleaved';
  /** Whether one fused expression rounds each half (gpt-oss), not `x cos + rotate(x) sin` (the rest). */
  readonly inFp32?: boolean;
}

/** Turns each head of each row by its position; cos and sin, both products and the sum round. */
export function rope(tape: Tape, op: string, x: Tensor, turn: Rope, table: RopeTable): Tensor {
  const format = promote(x.format, table.format);
  const out = new Float32Array(x.data.length);
  turnAll(x, turn, (at, partner, sign, angle) => {
    const straight = format.round((x.data[at] ?? 0) * (table.cos[angle] ?? 0));
    const across = format.round(sign * (x.data[partner] ?? 0) * (table.sin[angle] ?? 0));
    out[at] = straight + across;
  });
  keepRest(x, turn, x.data, out);
  return tape.push(op, format, x.rows, out, (grad) => {
    const dx = new Float32Array(x.data.length);
    const narrow = x.format.round;
    turnAll(x, turn, (at, partner, sign, angle) => {
      // The value at `at` gave its cosine part here and its sine part (with `sign`) to its partner.
      const straight = narrow((grad[at] ?? 0) * (table.cos[angle] ?? 0));
      const across = narrow((grad[partner] ?? 0) * (table.sin[angle] ?? 0));
      dx[at] = straight - sign * across;
    });
    keepRest(x, turn, grad, dx);
    tape.give(x, dx);
  });
}

/** cos and sin of every position and pair, in the format of the hidden states. */
export interface RopeTable {
  readonly format: Tensor['format'];
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/** The table for `positions` rows: angles in fp32, then one rounding. */
export function ropeTable(turn: Rope, positions: number, format: Tensor['format']): RopeTable {
  const pairs = turn.rotaryDim / 2;
  const cos = new Float32Array(positions * pairs);
  const sin = new Float32Array(positions * pairs);
  for (let t = 0; t < positions; t++) {
    for (let p = 0; p < pairs; p++) {
      const power = Math.fround(turn.theta ** Math.fround((2 * p) / turn.rotaryDim));
      const frequency = Math.fround(1 / power);
      const angle = fp32.round(t * frequency);
      cos[t * pairs + p] = format.round(Math.cos(angle));
      sin[t * pairs + p] = format.round(Math.sin(angle));
    }
  }
  return { format, cos, sin };
}

function turnAll(
  x: Tensor,
  turn: Rope,
  visit: (at: number, partner: number, sign: number, angle: number) => void,
): void {
  const { headDim, rotaryDim, style } = turn;
  const pairs = rotaryDim / 2;
  for (let t = 0; t < x.rows; t++) {
    for (let head = 0; head < x.cols; head += headDim) {
      const start = t * x.cols + head;
      for (let p = 0; p < pairs; p++) {
        const low = start + (style === 'half' ? p : 2 * p);
        const high = start + (style === 'half' ? p + pairs : 2 * p + 1);
        visit(low, high, -1, t * pairs + p);
        visit(high, low, 1, t * pairs + p);
      }
    }
  }
}

function keepRest(x: Tensor, turn: Rope, from: Float32Array, to: Float32Array): void {
  if (turn.rotaryDim === turn.headDim) return;
  for (let i = 0; i < from.length; i++) {
    if ((i % x.cols) % turn.headDim >= turn.rotaryDim) to[i] = from[i] ?? 0;
  }
}
