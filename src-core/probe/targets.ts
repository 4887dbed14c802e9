import type { ActivationProfile, Site } from '../facts/activations/activations.ts';
import type { DecoderPlan } from './plan.ts';
import type { Tuner } from './tape.ts';

/** What an op's output should look like: root mean square of the bulk, and one planted value. */
export interface Target {
  readonly rms: number | undefined;
  readonly max: number;
}

/** Magnitudes by site and layer; a layer or site without an entry keeps what the weights give. */
export type Magnitude = (site: Site, layer: number) => Target | undefined;

/** The published figures of `profile`, stretched over `layers` when the counts differ. */
export function magnitudesOf(profile: ActivationProfile, layers: number): Magnitude {
  return (site, layer) => {
    const published = profile[site];
    if (published === undefined) return undefined;
    const at = Math.floor((layer * published.max.length) / layers);
    const max = published.max[at];
    return max === undefined ? undefined : { max, rms: published.rms[at] };
  };
}

/** One published residual maximum: small before its layer, that large from there on. */
export function residualFrom(value: number, layer: number): Magnitude {
  return (site, at) => {
    if (site !== 'residual') return undefined;
    return { max: at < layer ? Math.min(value, 20) : value, rms: undefined };
  };
}

/** Where a magnitude sits in an output: the row is a token, the column a channel. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

/** The first token's massive channel. */
export const sink: Place = { row: 0, column: 5 };
const mlpPlace: Place = { row: 1, column: 11 };
const attnPlace: Place = { row: 2, column: 17 };
const gatePlace: Place = { row: 1, column: 23 };

/** Rows of the emulation: one token for each place that holds an extreme of the residual. */
export const emulatedRows = 3;

/** The op that ends a branch of the block, after which the residual is added. */
function branchEnds(plan: DecoderPlan): { readonly attn: string; readonly mlp: string } {
  if (plan.placement === 'sandwich') return { attn: 'post_attn_norm', mlp: 'post_mlp_norm' };
  return { attn: 'o_proj', mlp: plan.moe ? 'experts' : 'down_proj' };
}

/**
 * Gives ops the published magnitudes. The massive channel of the first token takes the residual's
 * differences (an MLP's own maximum may cancel what is there); a module's maximum goes elsewhere,
 * with the sign that turns the residual back, and never past the residual's own published maximum.
 */
export function tunerFor(plan: DecoderPlan, magnitude: Magnitude): Tuner {
  const { hidden } = plan;
  const ends = branchEnds(plan);
  const mlpOut = plan.moe ? 'experts' : 'down_proj';
  const held = new Map<Place, number>();

  const put = (data: Float32Array, cols: number, place: Place, value: number): void => {
    data[(place.row % (data.length / cols)) * cols + (place.column % cols)] = value;
  };
  /** Adds `value` to what the residual holds at `place`. */
  const plant = (data: Float32Array, place: Place, value: number): void => {
    put(data, hidden, place, value);
    held.set(place, (held.get(place) ?? 0) + value);
  };
  /** The value of size `size` that turns the residual at `place` back towards zero. */
  const turned = (place: Place, size: number): number =>
    (held.get(place) ?? 0) > 0 ? -size : size;

  const attention = (op: string, data: Float32Array, layer: number): number => {
    const target = magnitude('attn', layer);
    const gain = bulk(data, target);
    if (target === undefined) return gain;
    if (op === ends.attn) plant(data, attnPlace, turned(attnPlace, target.max));
    else put(data, hidden, attnPlace, target.max);
    return gain;
  };
  /** The end of a block: the residual's own maximum in the sink, the MLP's where there is room. */
  const blockEnd = (data: Float32Array, layer: number, mlpMax: number): void => {
    const before = held.get(sink) ?? 0;
    const limit = magnitude('residual', layer)?.max ?? Math.max(before, mlpMax);
    const beyond = Math.abs(held.get(attnPlace) ?? 0) > limit;
    if (beyond) plant(data, attnPlace, -(held.get(attnPlace) ?? 0));
    const elsewhere = turned(mlpPlace, mlpMax);
    const cancels = Math.abs((held.get(mlpPlace) ?? 0) + elsewhere) > limit;
    if (cancels && Math.abs(before - mlpMax) <= limit) {
      plant(data, sink, -mlpMax);
      plant(data, mlpPlace, limit - (held.get(mlpPlace) ?? 0));
      return;
    }
    plant(data, sink, limit - before);
    plant(data, mlpPlace, cancels ? -(held.get(mlpPlace) ?? 0) : elsewhere);
  };

  return (op, layer, data) => {
    if (layer === undefined) return 1;
    let gain = 1;
    if (op === 'gate_proj' || op === 'gate_up_proj') {
      const target = plan.moe ? undefined : magnitude('gate', layer);
      gain = bulk(data, target);
      if (target) put(data, data.length / emulatedRows, gatePlace, target.max);
    }
    if (op === 'o_proj') gain = attention(op, data, layer);
    const target = op === mlpOut ? magnitude('mlp', layer) : undefined;
    if (op === mlpOut) gain = bulk(data, target);
    if (target && op !== ends.mlp) put(data, hidden, mlpPlace, target.max);
    if (op === ends.attn) put(data, hidden, sink, 0);
    if (op === ends.mlp) blockEnd(data, layer, target?.max ?? 0);
    return gain;
  };
}

/** Brings the bulk of `data` to the published root mean square; the factor. */
function bulk(data: Float32Array, target: Target | undefined): number {
  if (target?.rms === undefined) return 1;
  let power = 0;
  for (const x of data) power += x * x;
  if (power === 0 || !Number.isFinite(power)) return 1;
  // The published RMS includes the extremes; where they make most of it, the bulk is smaller.
  const rms = Math.min(target.rms, target.max / 6);
  const gain = rms / Math.sqrt(power / data.length);
  for (let i = 0; i < data.length; i++) data[i] = (data[i] ?? 0) * gain;
  return gain;
}
