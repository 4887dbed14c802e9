import { embeddingOf, layerOf, leavesPacked } from './engine.ts';
import { isSparse, linearsOf, shapeOf } from './params.ts';
import type { EstimateSpec } from './spec.ts';

/** Elements of the weights that quantisation packs, of all layers. */
function packedElements(spec: EstimateSpec): number {
  if (spec.quantization === null) return 0;
  const shape = shapeOf(spec.arch);
  const { experts } = shape;
  const stacks = spec.quantization.experts === true ? experts : [];
  let sum = 0;
  for (let layer = 0; layer < spec.arch.layers; layer++) {
    const sparse = isSparse(spec.arch, layer);
    for (const l of linearsOf(shape, layer)) sum += l.inFeatures * l.outFeatures;
    if (sparse) for (const n of stacks) sum += n;
  }
  return sum;
}

/** Bytes of one decoder layer as it is gathered: in 16 bit, and packed as it is stored. */
export function layerBytes(spec: EstimateSpec, totalParams: number): number {
  const each = packedElements(spec) / spec.arch.layers;
  const bits = leavesPacked(spec) ? 0 : (spec.quantization?.bits ?? 16);
  return 2 * (layerOf(spec, totalParams) - each) + (each * bits) / 8;
}

/** Bytes of the whole model as it is gathered. */
export function modelBytes(spec: EstimateSpec, totalParams: number): number {
  return 2 * embeddingOf(spec).all + spec.arch.layers * layerBytes(spec, totalParams);
}

/**
 * Bytes of weights that every rank keeps whole: bitsandbytes' scales are attributes of a parameter, not
 * parameters (`QuantState`), and FSDP 2 leaves integers alone.
 */
export function wholeBytes(spec: EstimateSpec): number {
  const { quantization } = spec;
  if (quantization?.method !== 'bnb') return 0;
  const n = packedElements(spec);
  const four = quantization.doubleQuant ? 1 / 64 + 4 / 16384 : 4 / 64;
  const scales = quantization.bits === 4 ? n * four : 0;
  return scales + (leavesPacked(spec) ? (n * quantization.bits) / 8 : 0);
}
