import { fp32 } from '../formats.ts';
import type { Tape } from '../tape.ts';
import { type Param, promote, type Tensor } from '../tensor.ts';

/** `a + b`, one rounding. */
export function add(tape: Tape, op: string, a: Tensor, b: Tensor): Tensor {
  const out = new Float32Array(a.data.length);
  for (let i = 0; i < out.length; i++) out[i] = (a.data[i] ?? 0) + (b.data[i] ?? 0);
  return tape.push(op, promote(a.format, b.format), a.rows, out, (grad) => {
    tape.give(a, grad.slice());
    tape.give(b, grad.slice());
  });
}

/** `a * b` value by value, one rounding. */
export function multiply(tape: Tape, op: string, a: Tensor, b: Tensor): Tensor {
  const out = products(a.data, b.data);
  return tape.push(op, promote(a.format, b.format), a.rows, out, (grad) => {
    tape.give(a, products(grad, b.data));
    tape.give(b, products(grad, a.data));
  });
}

function products(a: Float32Array, b: Float32Array): Float32Array {
  const out = new Float32Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = (a[i] ?? 0) * (b[i] ?? 0);
  return out;
}

/** `x * factor` for a plain number: fp32 product, one rounding. */
export function scale(tape: Tape, op: string, x: Tensor, factor: number): Tensor {
  const f = Math.fround(factor);
  const out = x.data.map((v) => v * f);
  return tape.push(op, x.format, x.rows, out, (grad) =>
    tape.give(
      x,
      grad.map((g) => g * f),
    ),
  );
}

/** `x / by` for a plain number; torch multiplies by the reciprocal in fp32. One rounding. */
export function divide(tape: Tape, op: string, x: Tensor, by: number): Tensor {
  return scale(tape, op, x, Math.fround(1 / by));
}

/** Adds a row of weights to every row: a bias outside the matrix product, rounded by itself. */
export function addBias(tape: Tape, op: string, x: Tensor, b: Param): Tensor {
  const out = x.data.map((v, i) => v + (b.data[i % x.cols] ?? 0));
  return tape.push(op, promote(x.format, b.format), x.rows, out, (grad) => {
    const sums = new Float32Array(x.cols);
    for (let i = 0; i < x.cols; i++) {
      let sum = 0;
      for (let t = 0; t < x.rows; t++) sum += grad[t * x.cols + i] ?? 0;
      sums[i] = sum;
    }
    tape.giveParam(b, sums, b.format);
    tape.give(x, grad.slice());
  });
}

/** Some columns of `x`, in a given order: views and chunks. No rounding. */
export function columns(tape: Tape, op: string, x: Tensor, pick: readonly number[]): Tensor {
  const cols = pick.length;
  const out = new Float32Array(x.rows * cols);
  for (let t = 0; t < x.rows; t++) {
    for (let i = 0; i < cols; i++) out[t * cols + i] = x.data[t * x.cols + (pick[i] ?? 0)] ?? 0;
  }
  const back = (grad: Float32Array): void => {
    const whole = new Float32Array(x.data.length);
    for (let t = 0; t < x.rows; t++) {
      for (let i = 0; i < cols; i++) {
        whole[t * x.cols + (pick[i] ?? 0)] = grad[t * cols + i] ?? 0;
      }
    }
    tape.give(x, whole);
  };
  return tape.push(op, x.format, x.rows, out, back, true);
}

/** The point-wise functions between the two matrix products of an MLP. */
export type Activation = 'silu' | 'gelu' | 'gelu_pytorch_tanh' | 'gelu_new' | 'relu';

const rootTwoOverPi = Math.sqrt(2 / Math.PI);

/** `f(x)` and `f'(x)` in double precision: torch computes these inside one fp32 kernel. */
export function activate(kind: Activation, x: number): { value: number; slope: number } {
  if (kind === 'relu') return { value: Math.max(0, x), slope: x > 0 ? 1 : 0 };
  if (kind === 'silu') {
    const s = 1 / (1 + Math.exp(-x));
    return { value: x / (1 + Math.exp(-x)), slope: s * (1 + x * (1 - s)) };
  }
  if (kind === 'gelu') {
    const half = 0.5 * (1 + erf(x * Math.SQRT1_2));
    const density = Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
    return { value: x * half, slope: half + x * density };
  }
  const inner = rootTwoOverPi * (x + 0.044715 * x * x * x);
  const t = Math.tanh(inner);
  const d = (1 - t * t) * rootTwoOverPi * (1 + 3 * 0.044715 * x * x);
  return { value: 0.5 * x * (1 + t), slope: 0.5 * (1 + t) + 0.5 * x * d };
}

/** The error function to 1.2e-7 (Numerical Recipes' erfc fit), enough for 16-bit results. */
function erf(x: number): number {
  const t = 1 / (1 + 0.5 * Math.abs(x));
  const p = [
    ...[-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806],
    ...[0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277],
  ].reduceRight((sum, c) => sum * t + c, 0);
  const tail = t * Math.exp(-x * x + p);
  return x >= 0 ? 1 - tail : tail - 1;
}

/** An activation function: one rounding, except `gelu_new`, which transformers computes in eight steps. */
export function activation(tape: Tape, op: string, x: Tensor, kind: Activation): Tensor {
  const { format } = x;
  if (kind === 'gelu_new') return geluInSteps(tape, op, x);
  const out = x.data.map((v) => activate(kind, v).value);
  return tape.push(op, format, x.rows, out, (grad) =>
    tape.give(
      x,
      grad.map((g, i) => g * activate(kind, x.data[i] ?? 0).slope),
    ),
  );
}

/** Under autocast `pow` runs in fp32, and so does what follows from it. */
function geluInSteps(tape: Tape, op: string, x: Tensor): Tensor {
  const wide = tape.policy.autocast ? fp32 : x.format;
  const r = wide.round;
  const narrow = x.format.round;
  const steps = (v: number): { half: number; one: number; tanh: number } => {
    const cubed = r(0.044715 * r(v * v * v));
    const tanh = r(Math.tanh(r(rootTwoOverPi * r(v + cubed))));
    return { half: narrow(0.5 * v), one: r(1 + tanh), tanh };
  };
  const out = x.data.map((v) => {
    const { half, one } = steps(v);
    return half * one;
  });
  return tape.push(op, wide, x.rows, out, (grad) => {
    const back = grad.map((g, i) => {
      const v = x.data[i] ?? 0;
      const { half, one, tanh } = steps(v);
      const inner = r(r(r(g * half) * (1 - tanh * tanh)) * rootTwoOverPi);
      const throughCube = narrow(r(r(inner * 0.044715) * r(3 * r(v * v))));
      return narrow(narrow(narrow(g * one) * 0.5) + narrow(inner)) + throughCube;
    });
    tape.give(x, back);
  });
}
