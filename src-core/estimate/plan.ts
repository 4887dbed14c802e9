import { type LayerKind, layerKind } from './net.ts';
import type { EstimateSpec } from './spec.ts';

/** Which layers are acted out, and how often each stands for itself. */
export interface LayerPlan {
  readonly kinds: readonly LayerKind[];
  /** By acted layer: how many layers of the model it stands for. */
  readonly repeats: readonly number[];
  /** By acted layer: the model's first layer it stands for. */
  readonly first: readonly number[];
}

/** Acted layers of a run of equal ones: two before, the repeated one, two after. */
const ACTED = 5;

/** Shortens runs of equal layers: their events repeat, so the middle one stands for many. */
export function planLayers(spec: EstimateSpec): LayerPlan {
  const kinds: LayerKind[] = [];
  const repeats: number[] = [];
  const first: number[] = [];
  const total = spec.arch.layers;
  const compress = spec.checkpointing.mode === 'none' || spec.checkpointing.everyLayers === 1;
  let at = 0;
  while (at < total) {
    const kind = layerKind(spec, at);
    let end = at + 1;
    while (end < total && same(layerKind(spec, end), kind)) end++;
    const run = end - at;
    const acted = compress ? Math.min(run, ACTED) : run;
    for (let i = 0; i < acted; i++) {
      const middle = acted === ACTED && run > ACTED && i === 2;
      kinds.push(kind);
      repeats.push(middle ? run - ACTED + 1 : 1);
      first.push(i <= 2 ? at + i : end - acted + i);
    }
    at = end;
  }
  return { kinds, repeats, first };
}

const same = (a: LayerKind, b: LayerKind): boolean =>
  a.trains === b.trains && a.sparse === b.sparse;
