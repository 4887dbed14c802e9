import type { Tape } from '../tape.ts';
import { castTo, type Param, type Tensor } from '../tensor.ts';

/** `x W^T + b` with fp32 sums and one rounding. Under autocast `x` is cast to the compute format first. */
export function linear(tape: Tape, op: string, x: Tensor, w: Param, b?: Param): Tensor {
  const { policy } = tape;
  const format = policy.autocast ? policy.compute : x.format;
  const input = castTo(x.format, format, x.data);
  const weight = policy.autocast ? w.cast : w.data;
  const bias = b && (policy.autocast ? b.cast : b.data);
  const out = multiply(input, weight, bias, x.rows, w.cols, w.rows);
  const gain = tape.tune(op, tape.layer, out);
  return tape.push(op, format, x.rows, out, (grad) => {
    if (tape.policy.weightGradients) {
      tape.giveParam(w, outerSum(grad, input, x.rows, w.rows, w.cols), format);
      if (b) tape.giveParam(b, columnSum(grad, x.rows, w.rows), format);
    }
    tape.give(x, timesMatrix(grad, weight, x.rows, w.rows, w.cols, gain), format);
  });
}

function multiply(
  x: Float32Array,
  w: Float32Array,
  bias: Float32Array | undefined,
  rows: number,
  inner: number,
  outer: number,
): Float32Array {
  const out = new Float32Array(rows * outer);
  for (let t = 0; t < rows; t++) {
    for (let o = 0; o < outer; o++) {
      let sum = 0;
      const wo = o * inner;
      const xo = t * inner;
      for (let i = 0; i < inner; i++) sum += (x[xo + i] ?? 0) * (w[wo + i] ?? 0);
      out[t * outer + o] = bias ? sum + (bias[o] ?? 0) : sum;
    }
  }
  return out;
}

function outerSum(
  grad: Float32Array,
  x: Float32Array,
  rows: number,
  outer: number,
  inner: number,
): Float32Array {
  const sums = new Float64Array(outer * inner);
  for (let t = 0; t < rows; t++) {
    for (let o = 0; o < outer; o++) {
      const g = grad[t * outer + o] ?? 0;
      if (g === 0) continue;
      for (let i = 0; i < inner; i++) {
        const at = o * inner + i;
        sums[at] = (sums[at] ?? 0) + g * (x[t * inner + i] ?? 0);
      }
    }
  }
  return Float32Array.from(sums);
}

function columnSum(grad: Float32Array, rows: number, cols: number): Float32Array {
  const out = new Float32Array(cols);
  for (let o = 0; o < cols; o++) {
    let sum = 0;
    for (let t = 0; t < rows; t++) sum += grad[t * cols + o] ?? 0;
    out[o] = sum;
  }
  return out;
}

function timesMatrix(
  grad: Float32Array,
  w: Float32Array,
  rows: number,
  outer: number,
  inner: number,
  gain: number,
): Float32Array {
  const out = new Float32Array(rows * inner);
  const sums = new Float64Array(inner);
  for (let t = 0; t < rows; t++) {
    sums.fill(0);
    for (let o = 0; o < outer; o++) {
      const g = (grad[t * outer + o] ?? 0) * gain;
      if (g === 0) continue;
      const wo = o * inner;
      for (let i = 0; i < inner; i++) sums[i] = (sums[i] ?? 0) + g * (w[wo + i] ?? 0);
    }
    out.set(sums, t * inner);
  }
  return out;
}
