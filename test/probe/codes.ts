import type { FloatFormat } from '../../src-core/probe/formats.ts';

const f32 = new Float32Array(1);
const u32 = new Uint32Array(f32.buffer);

/** The value of a positive code, worked out from the fields, not from the rounding under test. */
function codeValue(format: FloatFormat, code: number): number {
  const fraction = code % 2 ** format.mantissaBits;
  const exponent = Math.floor(code / 2 ** format.mantissaBits);
  const bias = 2 ** (format.exponentBits - 1) - 1;
  if (exponent === 0) return fraction * 2 ** (1 - bias - format.mantissaBits);
  return (1 + fraction * 2 ** -format.mantissaBits) * 2 ** (exponent - bias);
}

/** Every finite value that is not negative, in rising order; the index is the code. */
export function finiteValues(format: FloatFormat): Float64Array {
  const all: number[] = [];
  for (let code = 0; ; code++) {
    const value = codeValue(format, code);
    if (value > format.max) return Float64Array.from(all);
    all.push(value);
  }
}

/** The code torch stores for a value of the format; one code for every NaN. */
export function codeOf(format: FloatFormat, value: number): number {
  const { mantissaBits, exponentBits } = format;
  const top = 2 ** exponentBits - 1;
  const infinite = top * 2 ** mantissaBits;
  if (Number.isNaN(value)) {
    if (format.bits === 8) return 0x7f;
    return infinite + 2 ** (mantissaBits - 1);
  }
  const negative = value < 0 || Object.is(value, -0) ? 2 ** (format.bits - 1) : 0;
  const size = Math.abs(value);
  if (size === Infinity) return negative + infinite;
  if (size < format.minNormal) return negative + size / format.minSubnormal;
  f32[0] = size;
  const word = u32[0] ?? 0;
  const rebias = 127 - (2 ** (exponentBits - 1) - 1);
  return negative + (word >>> (23 - mantissaBits)) - rebias * 2 ** mantissaBits;
}
