import { type FloatFormat, fp32 } from '../formats.ts';
import type { Tape } from '../tape.ts';
import { type Param, promote, type Tensor } from '../tensor.ts';

/**
 * `llama`: fp32 inside, rounds to the input's format, then multiplies by the weight.
 * `gemma`: multiplies by (1 + weight) in fp32 and rounds once; `gpt_oss`: by the weight in fp32.
 * `t5`: rounds to the weight's format.
 */
export type RmsKind = 'llama' | 'gemma' | 'gpt_oss' | 't5';

/** RMS norm over `width` columns at a time (the whole row, or each head for QK-norm). */
export function rmsNorm(
  tape: Tape,
  op: string,
  x: Tensor,
  w: Param,
  options: { readonly kind: RmsKind; readonly eps: number },
): Tensor {
  const { kind, eps } = options;
  const width = w.cols;
  const groups = x.data.length / width;
  const inverse = inverseRms(x.data, width, groups, eps);
  const middle = middleFormat(kind, x.format, w.format);
  const format = isWide(kind) ? x.format : promote(middle, w.format);
  const gains = kind === 'gemma' ? w.data.map((g) => g + 1) : w.data;
  const normed = new Float32Array(x.data.length);
  for (let i = 0; i < normed.length; i++) {
    normed[i] = middle.round((x.data[i] ?? 0) * (inverse[Math.floor(i / width)] ?? 0));
  }
  const out = timesGains(normed, gains);
  const factor = tape.tune(op, tape.layer, out);
  return tape.push(op, format, x.rows, out, (grad) => {
    if (tape.policy.weightGradients) {
      tape.giveParam(w, gainGradient(grad, normed, width, isWide(kind) ? fp32 : format), w.format);
    }
    const inner = timesGains(grad, gains, factor);
    middle.roundAll(inner);
    // T5 widens `x` twice, so its two gradients round apart; the others widen it once.
    const part = kind === 't5' ? x.format.round : Math.fround;
    tape.give(x, throughRms(inner, x.data, inverse, width, part));
  });
}

/** Each row of `data` times `gains`, value by value, and `factor`. */
function timesGains(data: Float32Array, gains: Float32Array, factor = 1): Float32Array {
  const width = gains.length;
  const out = new Float32Array(data.length);
  for (let i = 0; i < out.length; i++) out[i] = (data[i] ?? 0) * (gains[i % width] ?? 0) * factor;
  return out;
}

/** Gradient of the gain: each product rounds to `format`, then they add up. */
function gainGradient(
  grad: Float32Array,
  normed: Float32Array,
  width: number,
  format: FloatFormat,
): Float32Array {
  const dw = new Float32Array(width);
  for (let i = 0; i < grad.length; i++) {
    dw[i % width] = (dw[i % width] ?? 0) + format.round((grad[i] ?? 0) * (normed[i] ?? 0));
  }
  return dw;
}

/** Whether the weight is applied in fp32, before the only rounding. */
function isWide(kind: RmsKind): boolean {
  return kind === 'gemma' || kind === 'gpt_oss';
}

/** The format between the normalisation and the weight. */
function middleFormat(kind: RmsKind, x: FloatFormat, w: FloatFormat): FloatFormat {
  if (isWide(kind)) return fp32;
  return kind === 'llama' ? x : w;
}

function inverseRms(x: Float32Array, width: number, groups: number, eps: number): Float32Array {
  const out = new Float32Array(groups);
  for (let g = 0; g < groups; g++) {
    let sum = 0;
    for (let i = 0; i < width; i++) {
      const v = x[g * width + i] ?? 0;
      sum += Math.fround(v * v);
    }
    out[g] = 1 / Math.sqrt(Math.fround(sum / width) + eps);
  }
  return out;
}

/** Gradient of `x / rms(x)` in fp32. */
function throughRms(
  grad: Float32Array,
  x: Float32Array,
  inverse: Float32Array,
  width: number,
  part: (x: number) => number,
): Float32Array {
  const out = new Float32Array(x.length);
  for (let g = 0; g * width < x.length; g++) {
    const r = inverse[g] ?? 0;
    let dot = 0;
    for (let i = g * width; i < (g + 1) * width; i++) dot += (grad[i] ?? 0) * (x[i] ?? 0);
    const pull = (dot * r * r * r) / width;
    for (let i = g * width; i < (g + 1) * width; i++) {
      out[i] = part((grad[i] ?? 0) * r) - part((x[i] ?? 0) * pull);
    }
  }
  return out;
}

/** Layer norm with bias: one fused fp32 kernel, one rounding. Under autocast the result is fp32. */
export function layerNorm(
  tape: Tape,
  op: string,
  x: Tensor,
  w: Param,
  b: Param,
  eps: number,
): Tensor {
  const width = w.cols;
  const format = tape.policy.autocast ? fp32 : x.format;
  const unit = new Float32Array(x.data.length);
  const inverse = new Float32Array(x.data.length / width);
  for (let g = 0; g * width < x.data.length; g++) {
    const row = x.data.subarray(g * width, (g + 1) * width);
    const mean = row.reduce((sum, v) => sum + v, 0) / width;
    const spread = row.reduce((sum, v) => sum + (v - mean) * (v - mean), 0) / width;
    inverse[g] = 1 / Math.sqrt(spread + eps);
    row.forEach((v, i) => {
      unit[g * width + i] = (v - mean) * (inverse[g] ?? 0);
    });
  }
  const out = unit.map((v, i) => v * (w.data[i % width] ?? 0) + (b.data[i % width] ?? 0));
  return tape.push(op, format, x.rows, out, (grad) => {
    if (tape.policy.weightGradients) layerNormParams(tape, grad, unit, w, b);
    const inner = grad.map((g, i) => g * (w.data[i % width] ?? 0));
    tape.give(x, throughLayerNorm(inner, unit, inverse, width));
  });
}

function layerNormParams(
  tape: Tape,
  grad: Float32Array,
  unit: Float32Array,
  w: Param,
  b: Param,
): void {
  const width = w.cols;
  const dw = new Float32Array(width);
  const db = new Float32Array(width);
  for (let i = 0; i < grad.length; i++) {
    dw[i % width] = (dw[i % width] ?? 0) + (grad[i] ?? 0) * (unit[i] ?? 0);
    db[i % width] = (db[i % width] ?? 0) + (grad[i] ?? 0);
  }
  tape.giveParam(w, dw, w.format);
  tape.giveParam(b, db, b.format);
}

function throughLayerNorm(
  grad: Float32Array,
  unit: Float32Array,
  inverse: Float32Array,
  width: number,
): Float32Array {
  const out = new Float32Array(grad.length);
  for (let g = 0; g * width < grad.length; g++) {
    let sum = 0;
    let dot = 0;
    for (let i = g * width; i < (g + 1) * width; i++) {
      sum += grad[i] ?? 0;
      dot += (grad[i] ?? 0) * (unit[i] ?? 0);
    }
    for (let i = g * width; i < (g + 1) * width; i++) {
      out[i] = ((grad[i] ?? 0) - sum / width - ((unit[i] ?? 0) * dot) / width) * (inverse[g] ?? 0);
    }
  }
  return out;
}
