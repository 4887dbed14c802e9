/** Storage formats of frozen weights that carry one scale for a block of values. */
export type Quantized = 'nf4' | 'fp4' | 'int8';

/**
 * The sixteen values of NF4: quantiles of the normal distribution scaled to [-1, 1]
 * (QLoRA, arXiv 2305.14314, appendix E).
 */
export const nf4Values: readonly number[] = [
  -1, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
  -0.18477343022823334, -0.09105003625154495, 0, 0.07958029955625534, 0.16093020141124725,
  0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
  0.7229568362236023, 1,
];

const fp4Magnitudes = [0, 0.0625 / 12, 2 / 12, 3 / 12, 4 / 12, 6 / 12, 8 / 12, 1];

/** The values of bitsandbytes' FP4: sign and eight magnitudes, scaled to [-1, 1]; zero has one code too many. */
export const fp4Values: readonly number[] = [
  ...fp4Magnitudes
    .slice(1)
    .map((x) => -x)
    .reverse(),
  ...fp4Magnitudes,
];

/** Values that share one scale: bitsandbytes' default for 4 bit; 8 bit scales each row. */
export const blockSize = 64;

function nearest(values: readonly number[], x: number): number {
  let best = 0;
  for (const value of values) if (Math.abs(value - x) < Math.abs(best - x)) best = value;
  return best;
}

function roundHalfEven(x: number): number {
  const snap = 1.5 * 2 ** 52;
  return x + snap - snap;
}

/** A block as it reads back after being stored: one scale (the largest magnitude), nearest code each. */
export function storeBlock(kind: Quantized, block: readonly number[]): number[] {
  const scale = block.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  if (scale === 0) return block.map(() => 0);
  if (kind === 'int8') return block.map((x) => (roundHalfEven((x / scale) * 127) * scale) / 127);
  const values = kind === 'nf4' ? nf4Values : fp4Values;
  return block.map((x) => nearest(values, x / scale) * scale);
}

/** What storing does to values: root mean square and largest error against the values' own RMS. */
export interface QuantizationError {
  readonly relativeRms: number;
  readonly relativeMax: number;
}

/** The error of storing `values` block after block. Empty or all-zero input has no error. */
export function quantizationError(
  kind: Quantized,
  values: readonly number[],
  size: number = blockSize,
): QuantizationError {
  let power = 0;
  let lost = 0;
  let most = 0;
  for (let start = 0; start < values.length; start += size) {
    const block = values.slice(start, start + size);
    const stored = storeBlock(kind, block);
    block.forEach((x, i) => {
      const error = Math.abs(x - (stored[i] ?? 0));
      power += x * x;
      lost += error * error;
      most = Math.max(most, error);
    });
  }
  if (power === 0) return { relativeRms: 0, relativeMax: 0 };
  const rms = Math.sqrt(power / values.length);
  return { relativeRms: Math.sqrt(lost / power), relativeMax: most / rms };
}
