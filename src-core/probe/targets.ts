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
const gatePlace: Place = { row: 3, column: 23 };

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
  /** Plants `size` where the residual can take it; else takes away what the residual holds there. */
  const turn = (data: Float32Array, place: Place, size: number, layer: number): void => {
    const before = held.get(place) ?? 0;
    const limit = magnitude('residual', layer)?.max ?? size;
    const turned = before > 0 ? -size : size;
    const value = Math.abs(before + turned) <= limit ? turned : -before;
    put(data, hidden, place, value);
    held.set(place, before + value);
  };
  const branch = (op: string, data: Float32Array, site: Site, place: Place, layer: number) => {
    const target = magnitude(site, layer);
    const gain = bulk(data, target);
    if (target === undefined) return gain;
    if (op === ends.attn || op === ends.mlp) turn(data, place, target.max, layer);
    else put(data, hidden, place, target.max);
    return gain;
  };

  return (op, layer, data) => {
    if (layer === undefined) return 1;
    let gain = 1;
    if (op === 'gate_proj' || op === 'gate_up_proj') {
      const target = plan.moe ? undefined : magnitude('gate', layer);
      gain = bulk(data, target);
      if (target) put(data, data.length / 4, gatePlace, target.max);
    }
    if (op === 'o_proj') gain = branch(op, data, 'attn', attnPlace, layer);
    if (op === mlpOut) gain = branch(op, data, 'mlp', mlpPlace, layer);
    if (op === ends.attn) put(data, hidden, sink, 0);
    if (op === ends.mlp) {
      const target = magnitude('residual', layer)?.max ?? held.get(sink) ?? 0;
      put(data, hidden, sink, target - (held.get(sink) ?? 0));
      held.set(sink, target);
    }
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
