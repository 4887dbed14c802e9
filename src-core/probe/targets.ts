import type { ActivationProfile, Site } from '../facts/activations/activations.ts';
import type { DecoderPlan } from './plan.ts';
import type { Tuner } from './tape.ts';

/** What an op's output should look like: root mean square of the bulk, and one planted value. */
interface Target {
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
  return (site, at) =>
    site === 'residual'
      ? { max: at < layer ? Math.min(value, 20) : value, rms: undefined }
      : undefined;
}

/** Where a magnitude sits in an output: the row is a token, the column a channel. */
interface Place {
  readonly row: number;
  readonly column: number;
}

const sink: Place = { row: 0, column: 5 };
const mlpPlace: Place = { row: 1, column: 11 };
const attnPlace: Place = { row: 2, column: 17 };
const gatePlace: Place = { row: 3, column: 23 };

/**
 * Gives ops the published magnitudes. The massive channel of the first token gets the residual's
 * differences (an MLP's own maximum may cancel what is there); a module's maximum goes where
 * nothing else is, with the sign that turns the residual back.
 */
export function tunerFor(plan: DecoderPlan, magnitude: Magnitude): Tuner {
  const { hidden } = plan;
  const held = new Map<Place, number>();
  const branchEnd =
    plan.placement === 'sandwich' ? 'post_mlp_norm' : plan.moe ? 'experts' : 'down_proj';

  const put = (data: Float32Array, cols: number, place: Place, value: number): void => {
    const { row, column } = place;
    data[(row % (data.length / cols)) * cols + (column % cols)] = value;
  };
  /** Plants `size` so that it shrinks what the residual already holds at `place`. */
  const turn = (data: Float32Array, place: Place, size: number, stays: boolean): void => {
    const before = held.get(place) ?? 0;
    const value = before > 0 ? -size : size;
    put(data, hidden, place, value);
    if (stays) held.set(place, before + value);
  };
  const residual = (data: Float32Array, layer: number): void => {
    const target = magnitude('residual', layer);
    if (target === undefined) return;
    put(data, hidden, sink, target.max - (held.get(sink) ?? 0));
    held.set(sink, target.max);
  };

  return (op, layer, data) => {
    if (layer === undefined) return 1;
    if (op === 'gate_proj' || op === 'gate_up_proj') {
      const target = magnitude('gate', layer);
      const gain = bulk(data, target);
      if (target) put(data, data.length / 4, gatePlace, target.max);
      return gain;
    }
    if (op === 'o_proj') {
      const target = magnitude('attn', layer);
      const gain = bulk(data, target);
      if (target) turn(data, attnPlace, target.max, plan.placement !== 'sandwich');
      return gain;
    }
    let gain = 1;
    if (op === (plan.moe ? 'experts' : 'down_proj')) {
      const target = magnitude('mlp', layer);
      gain = bulk(data, target);
      if (target) turn(data, mlpPlace, target.max, op === branchEnd);
    }
    if (op === branchEnd) residual(data, layer);
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
  const rms = Math.min(target.rms, target.max / 3);
  const gain = rms / Math.sqrt(power / data.length);
  for (let i = 0; i < data.length; i++) data[i] = (data[i] ?? 0) * gain;
  return gain;
}
