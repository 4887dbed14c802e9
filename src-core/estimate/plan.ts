import { type LayerKind, layerKind, slidingEvery } from './net.ts';
import type { EstimateSpec } from './spec.ts';

/**
 * Which layers are acted out, in units: single layers, or stretches in which kinds of layers alternate. A
 * unit may stand for several.
 */
export interface LayerPlan {
  /** By acted layer: its kind, and the unit that it is part of. */
  readonly kinds: readonly LayerKind[];
  readonly unit: readonly number[];
  /** By unit: how many of the model it stands for. */
  readonly repeats: readonly number[];
  /** By unit: the model's first layer it stands for. */
  readonly first: readonly number[];
  /** Layers of one unit. */
  readonly span: number;
}

/** Acted units of a run of equal ones: two before, the repeated one, two after. */
const ACTED = 5;

/** Shortens runs of equal units: their events repeat, so the middle one stands for many. */
export function planLayers(spec: EstimateSpec): LayerPlan {
  const kinds: LayerKind[] = [];
  const unit: number[] = [];
  const repeats: number[] = [];
  const first: number[] = [];
  const compress = spec.checkpointing.mode === 'none' || spec.checkpointing.everyLayers === 1;
  const span = compress
    ? (spec.arch.delta?.interval ?? spec.arch.varied?.interval ?? slidingEvery(spec))
    : 1;
  const total = Math.ceil(spec.arch.layers / span);
  let at = 0;
  while (at < total) {
    const layers = unitAt(spec, at * span, span);
    let end = at + 1;
    while (end < total && same(unitAt(spec, end * span, span), layers)) end++;
    const run = end - at;
    const acted = compress ? Math.min(run, ACTED) : run;
    for (let i = 0; i < acted; i++) {
      const middle = acted === ACTED && run > ACTED && i === 2;
      for (const kind of layers) {
        kinds.push(kind);
        unit.push(repeats.length);
      }
      repeats.push(middle ? run - ACTED + 1 : 1);
      first.push((i <= 2 ? at + i : end - acted + i) * span);
    }
    at = end;
  }
  return { kinds, unit, repeats, first, span };
}

function unitAt(spec: EstimateSpec, from: number, span: number): readonly LayerKind[] {
  const kinds: LayerKind[] = [];
  for (let l = from; l < from + span && l < spec.arch.layers; l++) kinds.push(layerKind(spec, l));
  return kinds;
}

const same = (a: readonly LayerKind[], b: readonly LayerKind[]): boolean =>
  a.length === b.length && a.every((kind, i) => alike(kind, b[i] ?? kind));

const alike = (a: LayerKind, b: LayerKind): boolean =>
  a.trains === b.trains &&
  a.sparse === b.sparse &&
  a.delta === b.delta &&
  a.variant === b.variant &&
  a.slides === b.slides;
