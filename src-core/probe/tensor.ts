import type { FloatFormat, Rounding } from './formats.ts';

/** An activation: row-major `rows` x `cols` values of `format`, with its gradient once it has one. */
export interface Tensor {
  readonly op: string;
  readonly layer: number | undefined;
  readonly rows: number;
  readonly cols: number;
  readonly format: FloatFormat;
  readonly data: Float32Array;
  grad: Float32Array | undefined;
  gradRounding: Rounding | undefined;
}

/** A trainable matrix (`rows` outputs, `cols` inputs) in its own format, and as matrix products see it. */
export interface Param {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly format: FloatFormat;
  readonly data: Float32Array;
  /** The values in the compute format: the same array when the formats agree. */
  readonly cast: Float32Array;
  grad: Float32Array | undefined;
}

/** Both roundings as one: of a gradient that several ops add to. */
export function mergeRounding(a: Rounding | undefined, b: Rounding): Rounding {
  if (a === undefined) return b;
  return {
    max: Math.max(a.max, b.max),
    flushed: a.flushed + b.flushed,
    nonzero: a.nonzero + b.nonzero,
    finite: a.finite && b.finite,
  };
}

/** A copy of `data` in `format`; `data` itself when it is in that format already. */
export function castTo(from: FloatFormat, to: FloatFormat, data: Float32Array): Float32Array {
  if (from === to || to.mantissaBits === 23) return data;
  const copy = Float32Array.from(data);
  to.roundAll(copy);
  return copy;
}

/** The wider of two formats, as torch promotes: fp32 with a 16-bit format is fp32. */
export function promote(a: FloatFormat, b: FloatFormat): FloatFormat {
  return a.mantissaBits === 23 ? a : b.mantissaBits === 23 ? b : a;
}
