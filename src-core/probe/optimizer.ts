import type { FloatFormat } from './formats.ts';
import type { Param } from './tensor.ts';

/** AdamW as torch runs it (foreach, not capturable): every step is stored in the state's format. */
export interface AdamWOptions {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Largest norm of all gradients together; 0 does not clip. */
  readonly maxGradNorm: number;
  /** What the gradients were scaled by, when a scaler unscales and checks them; absent without one. */
  readonly scaler?: number;
}

/** What one optimiser step did. */
export interface UpdateOutcome {
  /** The scaler met a gradient that is not finite and left every weight alone. */
  readonly skipped: boolean;
  /** Norm of the unscaled gradients, in fp32. */
  readonly gradNorm: number;
  /** Share of weights whose stored value changed. */
  readonly movedShare: number;
  /** Weights that are not finite after the step. */
  readonly broken: number;
}

/** The first step of AdamW from zero states on weights that hold gradients. Changes the weights. */
export function adamWStep(params: readonly Param[], options: AdamWOptions): UpdateOutcome {
  const grads = params.map((p) => unscaled(p, options.scaler));
  const bad = grads.some((g) => g.some((x) => !Number.isFinite(x)));
  const gradNorm = Math.sqrt(grads.reduce((sum, g) => sum + g.reduce((s, x) => s + x * x, 0), 0));
  if (bad && options.scaler !== undefined) {
    return { skipped: true, gradNorm, movedShare: 0, broken: 0 };
  }
  const { maxGradNorm } = options;
  const clip = maxGradNorm > 0 ? Math.min(1, Math.fround(maxGradNorm / (gradNorm + 1e-6))) : 1;
  let moved = 0;
  let broken = 0;
  let count = 0;
  params.forEach((param, i) => {
    const grad = grads[i] ?? new Float32Array(0);
    count += param.data.length;
    grad.forEach((g, j) => {
      const before = param.data[j] ?? 0;
      const after = firstUpdate(before, param.format.round(g * clip), param.format, options);
      param.data[j] = after;
      if (after !== before) moved++;
      if (!Number.isFinite(after)) broken++;
    });
  });
  return { skipped: false, gradNorm, movedShare: moved / count, broken };
}

function unscaled(param: Param, scaler: number | undefined): Float32Array {
  const grad = param.grad ?? new Float32Array(param.data.length);
  if (scaler === undefined) return grad;
  const inverse = Math.fround(1 / scaler);
  return grad.map((g) => param.format.round(g * inverse));
}

/** One weight after the first step: decay, both moments, denominator and update, each stored. */
export function firstUpdate(
  weight: number,
  grad: number,
  format: FloatFormat,
  options: AdamWOptions,
): number {
  const r = format.round;
  const { learningRate: lr, beta1, beta2, epsilon, weightDecay } = options;
  const decayed = weightDecay === 0 ? weight : r(weight * Math.fround(1 - lr * weightDecay));
  const mean = r(grad * Math.fround(1 - beta1));
  const square = r(Math.fround(1 - beta2) * grad * grad);
  const root = r(Math.sqrt(square));
  const corrected = r(root / Math.fround(Math.sqrt(1 - beta2)));
  const denominator = r(corrected + Math.fround(epsilon));
  return r(decayed + Math.fround(-lr / (1 - beta1)) * (mean / denominator));
}
