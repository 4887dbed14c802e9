import { type FloatFormat, fp32 } from '../formats.ts';
import type { Tape } from '../tape.ts';
import type { Param, Tensor } from '../tensor.ts';

/**
 * The softmax of each row in fp32, then one rounding to `to`. The gradient uses the fp32 result, or
 * the rounded one where softmax itself was asked for in that format.
 */
export function softmax(tape: Tape, x: Tensor, to: FloatFormat, keepsRounded: boolean): Tensor {
  const soft = new Float32Array(x.data.length);
  for (let t = 0; t < x.rows; t++) {
    softmaxRow(x.data.subarray(t * x.cols, (t + 1) * x.cols), soft, t * x.cols);
  }
  return tape.push('softmax', to, x.rows, soft.slice(), (grad, out) => {
    const p = keepsRounded ? out.data : soft;
    tape.give(x, softmaxGradient(grad, p, x.rows, x.cols));
  });
}

function softmaxRow(row: Float32Array, out: Float32Array, at: number): void {
  let top = -Infinity;
  for (const v of row) if (!(v <= top)) top = v;
  let sum = 0;
  row.forEach((v, i) => {
    const e = Math.exp(v - top);
    out[at + i] = e;
    sum += e;
  });
  for (let i = 0; i < row.length; i++) out[at + i] = (out[at + i] ?? 0) / sum;
}

function softmaxGradient(
  grad: Float32Array,
  p: Float32Array,
  rows: number,
  cols: number,
): Float32Array {
  const out = new Float32Array(grad.length);
  for (let t = 0; t < rows; t++) {
    let dot = 0;
    for (let i = t * cols; i < (t + 1) * cols; i++) dot += (grad[i] ?? 0) * (p[i] ?? 0);
    for (let i = t * cols; i < (t + 1) * cols; i++) {
      out[i] = (p[i] ?? 0) * ((grad[i] ?? 0) - dot);
    }
  }
  return out;
}

/** Softmax with one more column, a learned logit, that is dropped afterwards (gpt-oss). */
export function sinkSoftmax(tape: Tape, x: Tensor, sinks: Param, queries: number): Tensor {
  const { format } = x;
  const cols = x.cols + 1;
  const soft = new Float32Array(x.rows * cols);
  const tops: number[] = [];
  for (let t = 0; t < x.rows; t++) {
    const sink = sinks.data[Math.floor(t / queries)] ?? 0;
    const row = new Float32Array(cols);
    row.set(x.data.subarray(t * x.cols, (t + 1) * x.cols));
    row[x.cols] = sink;
    const top = row.reduce((most, v) => Math.max(most, v), -Infinity);
    tops.push(row.indexOf(top));
    softmaxRow(
      row.map((v) => format.round(v - top)),
      soft,
      t * cols,
    );
  }
  const to = tape.policy.autocast ? fp32 : format;
  const rounded = soft.map((v) => to.round(v));
  const kept = new Float32Array(x.data.length).map(
    (_, i) => rounded[Math.floor(i / x.cols) * cols + (i % x.cols)] ?? 0,
  );
  return tape.push('softmax', to, x.rows, kept, (grad) => {
    const wide = new Float32Array(x.rows * cols).map((_, i) =>
      i % cols === x.cols ? 0 : (grad[Math.floor(i / cols) * x.cols + (i % cols)] ?? 0),
    );
    const through = softmaxGradient(wide, rounded, x.rows, cols).map((g) => format.round(g));
    const dx = new Float32Array(x.data.length);
    const dsink = new Float32Array(sinks.data.length);
    for (let t = 0; t < x.rows; t++) {
      let sum = 0;
      for (let i = 0; i < cols; i++) sum += through[t * cols + i] ?? 0;
      for (let i = 0; i < cols; i++) {
        const own = through[t * cols + i] ?? 0;
        const g = i === tops[t] ? format.round(own + format.round(-sum)) : own;
        const head = Math.floor(t / queries);
        if (i === x.cols) dsink[head] = (dsink[head] ?? 0) + g;
        else dx[t * x.cols + i] = g;
      }
    }
    tape.giveParam(sinks, dsink, format);
    tape.give(x, dx);
  });
}
