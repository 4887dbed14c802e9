import type { DType } from '../facts/dtypes.ts';

/** What happens to a value too large for the format: infinity, NaN (E4M3FN) or the largest value. */
export type Overflow = 'infinity' | 'nan' | 'saturate';

/**
 * A binary floating format and its exact rounding (nearest, ties to even, subnormals kept).
 * Input of `round` is taken as float32, which is what torch casts from.
 */
export interface FloatFormat {
  /** Name in sentences: `fp16`, `bf16`, `E4M3`. */
  readonly name: string;
  readonly dtype: DType;
  readonly bits: number;
  readonly exponentBits: number;
  readonly mantissaBits: number;
  readonly max: number;
  readonly minNormal: number;
  readonly minSubnormal: number;
  /** The smallest magnitude that no longer rounds to a finite value (or is clipped). */
  readonly overflowsFrom: number;
  /** The first whole number that the format cannot hold. */
  readonly firstLostInteger: number;
  readonly overflow: Overflow;
  round(x: number): number;
  /** Rounds every value in place and says what was lost. */
  roundAll(data: Float32Array): Rounding;
}

/** What rounding an array to a format met. */
export interface Rounding {
  /** Largest magnitude before rounding; infinite when a value was not finite already. */
  readonly max: number;
  /** Values that became zero, of `nonzero` that were not zero before. */
  readonly flushed: number;
  readonly nonzero: number;
  /** Whether every value is finite afterwards. */
  readonly finite: boolean;
}

const f32 = new Float32Array(1);
const u32 = new Uint32Array(f32.buffer);

interface Shape {
  readonly name: string;
  readonly dtype: DType;
  readonly bits: number;
  readonly exponentBits: number;
  readonly mantissaBits: number;
  /** Largest exponent of a finite value. */
  readonly maxExponent: number;
  /** Codes at the top that are not finite although the exponent is the largest (E4M3FN: 1). */
  readonly topCodesLost: number;
  readonly overflow: Overflow;
}

function bitsOf(x: number): number {
  f32[0] = x;
  return u32[0] ?? 0;
}

function define(shape: Shape): FloatFormat {
  const { mantissaBits, exponentBits, maxExponent, overflow } = shape;
  const step = 2 ** -mantissaBits;
  const max = 2 ** maxExponent * (2 - step * (1 + shape.topCodesLost));
  const minNormal = 2 ** (2 - 2 ** (exponentBits - 1));
  const half = 2 ** (maxExponent - mantissaBits - 1);
  return {
    name: shape.name,
    dtype: shape.dtype,
    bits: shape.bits,
    exponentBits,
    mantissaBits,
    max,
    minNormal,
    minSubnormal: minNormal * step,
    // An odd last bit at the limit sends the tie up; E4M3FN ends on an even one, so 464 stays.
    overflowsFrom: shape.topCodesLost % 2 === 0 ? max + half : nextAbove(max + half),
    firstLostInteger: 2 ** (mantissaBits + 1) + 1,
    overflow,
    round: mantissaBits === 23 ? Math.fround : rounder(mantissaBits, minNormal, max, overflow),
    roundAll: mantissaBits === 23 ? inspect : arrayRounder(mantissaBits, minNormal, max, overflow),
  };
}

function valueOfBits(bits: number): number {
  u32[0] = bits;
  return f32[0] ?? 0;
}

/** Counts without rounding: float32 arrays hold float32 values already. */
function inspect(data: Float32Array): Rounding {
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length);
  let top = 0;
  let nonzero = 0;
  for (let i = 0; i < words.length; i++) {
    const size = (words[i] ?? 0) & 0x7fffffff;
    if (size > top) top = size;
    if (size !== 0) nonzero++;
  }
  const finite = top < 0x7f800000;
  return { max: finite ? valueOfBits(top) : Infinity, flushed: 0, nonzero, finite };
}

function nextAbove(x: number): number {
  const bits = bitsOf(x) + 1;
  u32[0] = bits;
  return f32[0] ?? Number.NaN;
}

function rounder(mantissaBits: number, minNormal: number, max: number, overflow: Overflow) {
  const shift = 23 - mantissaBits;
  const halfMinusOne = (1 << (shift - 1)) - 1;
  const keep = ~((1 << shift) - 1);
  const minNormalBits = bitsOf(minNormal);
  const maxBits = bitsOf(max);
  // Adding and subtracting 1.5 * 2^52 steps rounds a double to whole steps, ties to even.
  const snap = 1.5 * 2 ** 52 * minNormal * 2 ** -mantissaBits;
  const beyond = overflow === 'infinity' ? Infinity : overflow === 'nan' ? Number.NaN : max;
  return (x: number): number => {
    f32[0] = x;
    const code = u32[0] ?? 0;
    const size = code & 0x7fffffff;
    if (size < minNormalBits) {
      const steps = (f32[0] ?? 0) + snap - snap;
      return steps === 0 && code !== size ? -0 : steps;
    }
    if (size > 0x7f800000) return Number.NaN;
    const rounded = (size + halfMinusOne + ((size >>> shift) & 1)) & keep;
    if (rounded > maxBits || rounded < 0) return code === size ? beyond : -beyond;
    u32[0] = (code & 0x80000000) | rounded;
    return f32[0] ?? 0;
  };
}

/** The same rounding over an array, on its bits. */
function arrayRounder(mantissaBits: number, minNormal: number, max: number, overflow: Overflow) {
  const one = rounder(mantissaBits, minNormal, max, overflow);
  const shift = 23 - mantissaBits;
  const halfMinusOne = (1 << (shift - 1)) - 1;
  const keep = ~((1 << shift) - 1);
  const minNormalBits = bitsOf(minNormal);
  const maxBits = bitsOf(max);
  return (data: Float32Array): Rounding => {
    const words = new Uint32Array(data.buffer, data.byteOffset, data.length);
    let top = 0;
    let nonzero = 0;
    let flushed = 0;
    let finite = true;
    for (let i = 0; i < words.length; i++) {
      const code = words[i] ?? 0;
      const size = code & 0x7fffffff;
      if (size === 0) continue;
      nonzero++;
      if (size > top) top = size;
      const rounded = (size + halfMinusOne + ((size >>> shift) & 1)) & keep;
      if (size >= minNormalBits && rounded <= maxBits && rounded > 0) {
        words[i] = (code & 0x80000000) | rounded;
        continue;
      }
      const value = one(data[i] ?? 0);
      data[i] = value;
      if (value === 0) flushed++;
      else if (!Number.isFinite(value)) finite = false;
    }
    return { max: top < 0x7f800000 ? valueOfBits(top) : Infinity, flushed, nonzero, finite };
  };
}

const sixteen = { bits: 16, topCodesLost: 0, overflow: 'infinity' } as const;

/** IEEE binary32. */
export const fp32: FloatFormat = define({
  ...{ name: 'fp32', dtype: 'float32', bits: 32, exponentBits: 8, mantissaBits: 23 },
  ...{ maxExponent: 127, topCodesLost: 0, overflow: 'infinity' },
});

/** TensorFloat-32: fp32's exponent, ten bits of mantissa; a format of matrix products, not of memory. */
export const tf32: FloatFormat = define({
  ...{ name: 'tf32', dtype: 'tf32', bits: 19, exponentBits: 8, mantissaBits: 10 },
  ...{ maxExponent: 127, topCodesLost: 0, overflow: 'infinity' },
});

/** bfloat16: fp32's exponent, seven bits of mantissa. */
export const bf16: FloatFormat = define({
  ...{ name: 'bf16', dtype: 'bfloat16', exponentBits: 8, mantissaBits: 7, maxExponent: 127 },
  ...sixteen,
});

/** IEEE binary16. */
export const fp16: FloatFormat = define({
  ...{ name: 'fp16', dtype: 'float16', exponentBits: 5, mantissaBits: 10, maxExponent: 15 },
  ...sixteen,
});

const e4m3Shape = {
  name: 'E4M3',
  dtype: 'float8_e4m3fn',
  bits: 8,
  exponentBits: 4,
  mantissaBits: 3,
  maxExponent: 8,
  topCodesLost: 1,
} as const;

/** FP8 E4M3 without infinity; too large becomes NaN (torch before 2.12, ml_dtypes). */
export const e4m3: FloatFormat = define({ ...e4m3Shape, overflow: 'nan' });

/** FP8 E4M3 as torch 2.12 and later cast: too large, infinity included, becomes 448. */
export const e4m3Saturating: FloatFormat = define({ ...e4m3Shape, overflow: 'saturate' });

/** FP8 E5M2, with infinities. */
export const e5m2: FloatFormat = define({
  ...{ name: 'E5M2', dtype: 'float8_e5m2', bits: 8, exponentBits: 5, mantissaBits: 2 },
  ...{ maxExponent: 15, topCodesLost: 0, overflow: 'infinity' },
});

/** Every format above. */
export const floatFormats: readonly FloatFormat[] = [
  ...[fp32, tf32, bf16, fp16],
  ...[e4m3, e4m3Saturating, e5m2],
];

/** The same steps and the same smallest value, but fp32's largest: to see how far past a limit values go. */
export function withoutLimit(format: FloatFormat): FloatFormat {
  const { mantissaBits, minNormal } = format;
  if (format.max > 1e38) return format;
  const known = unlimited.get(format);
  if (known) return known;
  const max = bf16.max;
  const wide: FloatFormat = {
    ...format,
    ...{ max, overflowsFrom: Infinity, overflow: 'infinity' },
    round: rounder(mantissaBits, minNormal, max, 'infinity'),
    roundAll: arrayRounder(mantissaBits, minNormal, max, 'infinity'),
  };
  unlimited.set(format, wide);
  return wide;
}

const unlimited = new Map<FloatFormat, FloatFormat>();

/** The floating format of a dtype; `undefined` for the quantised ones. FP8 E4M3 is the saturating cast. */
export function formatOf(dtype: DType): FloatFormat | undefined {
  if (dtype === 'float8_e4m3fn') return e4m3Saturating;
  return floatFormats.find((format) => format.dtype === dtype);
}

/** Distance from |x| to the next larger value of the format, for finite x inside its range. */
export function ulp(format: FloatFormat, x: number): number {
  const size = Math.max(Math.abs(x), format.minNormal);
  let exponent = Math.floor(Math.log2(size));
  if (2 ** exponent > size) exponent -= 1;
  else if (2 ** (exponent + 1) <= size) exponent += 1;
  return 2 ** (exponent - format.mantissaBits);
}

/** How many times `magnitude` can double before it leaves the format, in bits; negative once it has. */
export function headroomBits(format: FloatFormat, magnitude: number): number {
  return Math.log2(format.max) - Math.log2(Math.abs(magnitude));
}
