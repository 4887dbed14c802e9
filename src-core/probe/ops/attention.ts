import { type FloatFormat, fp32 } from '../formats.ts';
import type { Tape } from '../tape.ts';
import { promote, type Tensor } from '../tensor.ts';
import { add, divide, scale } from './elementwise.ts';
import { eachHead, type Heads, operands, type ScoreExtras, sumGroups } from './heads.ts';
import { sinkSoftmax, softmax } from './softmax.ts';

/** QK^T as eager attention stores it: one row for each head and query. */
function scores(tape: Tape, q: Tensor, k: Tensor, h: Heads): Tensor {
  const { format, a, b } = operands(tape, q, k);
  const out = new Float32Array(h.heads * q.rows * k.rows);
  const width = h.heads * h.headDim;
  eachHead(h, (head, qc, kc) => {
    for (let t = 0; t < q.rows; t++) {
      for (let s = 0; s < k.rows; s++) {
        let sum = 0;
        for (let d = 0; d < h.headDim; d++) {
          sum += (a[t * q.cols + qc + d] ?? 0) * (b[s * k.cols + kc + d] ?? 0);
        }
        out[(head * q.rows + t) * k.rows + s] = sum;
      }
    }
  });
  return tape.push('qk', format, h.heads * q.rows, out, (grad) => {
    const dq = new Float64Array(q.data.length);
    const dk = new Float64Array(k.rows * width);
    eachHead(h, (head, qc, kc) => {
      for (let t = 0; t < q.rows; t++) {
        for (let s = 0; s < k.rows; s++) {
          const g = grad[(head * q.rows + t) * k.rows + s] ?? 0;
          for (let d = 0; d < h.headDim; d++) {
            const qi = t * q.cols + qc + d;
            const ki = s * width + head * h.headDim + d;
            dq[qi] = (dq[qi] ?? 0) + g * (b[s * k.cols + kc + d] ?? 0);
            dk[ki] = (dk[ki] ?? 0) + g * (a[qi] ?? 0);
          }
        }
      }
    });
    tape.give(k, sumGroups(Float32Array.from(dk), k.rows, h, format), format);
    tape.give(q, Float32Array.from(dq), format);
  });
}

/** Adds the format's lowest value where a query must not look. May give -infinity, which softmax takes. */
function mask(tape: Tape, x: Tensor, queries: number, maskFormat: FloatFormat): Tensor {
  const lowest = -maskFormat.max;
  const out = x.data.map((v, i) => {
    const query = Math.floor(i / x.cols) % queries;
    return i % x.cols > query ? v + lowest : v;
  });
  const back = (grad: Float32Array): void => tape.give(x, grad.slice());
  return tape.push('mask', promote(x.format, maskFormat), x.rows, out, back, true);
}

/** Weights times values, as eager attention stores it: heads side by side again. */
function weighted(tape: Tape, p: Tensor, v: Tensor, h: Heads, queries: number): Tensor {
  const { format, a, b } = operands(tape, p, v);
  const width = h.heads * h.headDim;
  const out = new Float64Array(queries * width);
  eachHead(h, (head, qc, kc) => {
    for (let t = 0; t < queries; t++) {
      for (let s = 0; s < v.rows; s++) {
        const w = a[(head * queries + t) * p.cols + s] ?? 0;
        for (let d = 0; d < h.headDim; d++) {
          const at = t * width + qc + d;
          out[at] = (out[at] ?? 0) + w * (b[s * v.cols + kc + d] ?? 0);
        }
      }
    }
  });
  return tape.push('av', format, queries, Float32Array.from(out), (grad) => {
    const dp = new Float32Array(p.data.length);
    const dv = new Float64Array(v.rows * width);
    eachHead(h, (head, qc, kc) => {
      for (let t = 0; t < queries; t++) {
        for (let s = 0; s < v.rows; s++) {
          const w = a[(head * queries + t) * p.cols + s] ?? 0;
          let sum = 0;
          for (let d = 0; d < h.headDim; d++) {
            const g = grad[t * width + qc + d] ?? 0;
            sum += g * (b[s * v.cols + kc + d] ?? 0);
            const vi = s * width + qc + d;
            dv[vi] = (dv[vi] ?? 0) + w * g;
          }
          dp[(head * queries + t) * p.cols + s] = sum;
        }
      }
    });
    tape.give(v, sumGroups(Float32Array.from(dv), v.rows, h, format), format);
    tape.give(p, dp, format);
  });
}

/** Eager attention: every intermediate is stored, so every one rounds. */
export function eagerAttention(
  tape: Tape,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  h: Heads,
  extras: ScoreExtras = {},
): Tensor {
  let x = scale(tape, 'qk_scaled', scores(tape, q, k, h), h.scaling);
  if (h.softcap !== undefined) x = softcap(tape, x, h.softcap);
  if (extras.bias) x = add(tape, 'position_bias', x, extras.bias);
  if (h.causal) x = mask(tape, x, q.rows, h.maskFormat);
  const own = tape.policy.autocast ? fp32 : x.format;
  const p = extras.sinks
    ? sinkSoftmax(tape, x, extras.sinks, q.rows)
    : softmax(tape, x, h.softmaxInFormat ? own : q.format, h.softmaxInFormat ?? false);
  return weighted(tape, p, v, h, q.rows);
}

/** `cap * tanh(x / cap)`, three roundings. */
export function softcap(tape: Tape, x: Tensor, cap: number, op = 'softcap'): Tensor {
  const divided = divide(tape, op, x, cap);
  const bent = tape.push(
    op,
    x.format,
    x.rows,
    divided.data.map((v) => Math.tanh(v)),
    (grad, out) => {
      const back = grad.map((g, i) => g * (1 - (out.data[i] ?? 0) * (out.data[i] ?? 0)));
      tape.give(divided, back);
    },
  );
  return scale(tape, op, bent, cap);
}
