import type { FloatFormat } from './formats.ts';

/** Standard deviation of weights that shares are stated for: the usual initialisation. */
export const typicalStd = 0.02;

/**
 * The power of two below which a weight of `format` still changes when `step` is added: half the
 * distance to its neighbours is smaller than the step. 0 when nothing changes.
 */
export function movesBelow(step: number, format: FloatFormat): number {
  const halfOfSmallest = format.minSubnormal / 2;
  if (Math.abs(step) <= halfOfSmallest) return 0;
  let exponent = Math.ceil(Math.log2(Math.abs(step))) + format.mantissaBits + 1;
  while (2 ** (exponent - 1 - format.mantissaBits - 1) >= Math.abs(step)) exponent--;
  return 2 ** exponent;
}

/**
 * The share of weights drawn from N(0, std) that an Adam step of size `learningRate` moves at all
 * when weights are stored in `format`. Exact: Adam's first steps are about the learning rate each.
 */
export function movedShare(learningRate: number, format: FloatFormat, std = typicalStd): number {
  const below = movesBelow(learningRate, format);
  return below === 0 ? 0 : erf(below / (std * Math.SQRT2));
}

/** The error function by its series or continued fraction, to about 1e-12. */
function erf(x: number): number {
  if (x > 6) return 1;
  let term = x;
  let sum = x;
  for (let n = 1; n < 200 && Math.abs(term) > 1e-17 * sum; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

/**
 * The share of stored values that stay exactly the same when multiplied by `factor` and stored again:
 * over every mantissa of the format, which a binade repeats. 1: the multiplication is lost.
 */
export function unchangedShare(factor: number, format: FloatFormat): number {
  const count = 2 ** Math.min(format.mantissaBits, 12);
  let same = 0;
  for (let i = 0; i < count; i++) {
    const value = 1 + i / count;
    if (format.round(Math.fround(value * Math.fround(factor))) === value) same++;
  }
  return same / count;
}

/** The share of weights that one step of decoupled weight decay does not change. */
export function decayLostShare(
  learningRate: number,
  weightDecay: number,
  format: FloatFormat,
): number {
  return weightDecay === 0 ? 0 : unchangedShare(1 - learningRate * weightDecay, format);
}

/** Adam's epsilon in the format of its denominator: 0 once it is below half the smallest value. */
export function storedEpsilon(epsilon: number, format: FloatFormat): number {
  return format.round(epsilon);
}

/**
 * Below this size a gradient's square, as it first enters the second moment, is stored as 0;
 * with epsilon 0 as well the update divides by zero.
 */
export function squareVanishesBelow(beta2: number, format: FloatFormat): number {
  return Math.sqrt(format.minSubnormal / 2 / (1 - beta2));
}

/** The gradients, before scaling, that fit a format once multiplied by `scale`. */
export interface GradientRange {
  /** Smaller ones become 0. */
  readonly smallest: number;
  /** Larger ones leave the format. */
  readonly largest: number;
}

/** What a loss scale lets through. */
export function gradientRange(scale: number, format: FloatFormat): GradientRange {
  return { smallest: format.minSubnormal / 2 / scale, largest: format.max / scale };
}

/**
 * The probability under which a token's logit has a gradient of 0: gradients of logits are
 * p / tokens times the loss scale. `tokens` counts the tokens of the mean loss.
 */
export function probabilityVanishesBelow(
  tokens: number,
  scale: number,
  format: FloatFormat,
): number {
  return (format.minSubnormal / 2) * (tokens / scale);
}

/** How many different positions 0 .. length-1 are left when positions are stored in `format`. */
export function distinctPositions(length: number, format: FloatFormat): number {
  const exact = Math.min(length, format.firstLostInteger);
  let count = exact;
  let last = format.round(exact - 1);
  for (let position = exact; position < length; position++) {
    const stored = format.round(position);
    if (stored !== last) count++;
    last = stored;
  }
  return count;
}

/** What a mask constant becomes in a format, and with a score added to it. */
export interface MaskConstant {
  readonly stored: number;
  /** The most negative score that can be added before the sum is infinite; 0 when it already is. */
  readonly lowestScore: number;
}

/** A mask constant such as -1e9 or the format's lowest value, as stored. */
export function maskConstant(value: number, format: FloatFormat): MaskConstant {
  const stored = format.round(value);
  if (!Number.isFinite(stored)) return { stored, lowestScore: 0 };
  return { stored, lowestScore: -(format.overflowsFrom + stored) };
}
