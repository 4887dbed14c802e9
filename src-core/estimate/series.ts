import { replay } from './replay.ts';
import { COMPONENTS, type Component, type Phase } from './result.ts';
import type { EstimateSpec } from './spec.ts';
import { type Stretch, type Trace, trace } from './trace.ts';

/** A moment of the program, bytes by component in the order of `MemorySeries.components`. */
export interface MemorySample {
  readonly phase: Phase;
  readonly step: number;
  /** -1 outside the layers. */
  readonly layer: number;
  readonly held: readonly number[];
}

/** Allocated memory from loading to the end of the second step, and of its evaluation, thinned for drawing. */
export interface MemorySeries {
  /** Components that hold something at some moment. */
  readonly components: readonly Component[];
  /** In order of time; each is the highest moment of its share of the events. */
  readonly samples: readonly MemorySample[];
}

/** The memory of `spec` over time in about `points` samples; no peak is lost by the thinning. */
export function memorySeries(spec: EstimateSpec, points: number): MemorySeries {
  const requested = trace(spec);
  const held = replay(requested, spec.platform);
  const samples = thinned({ ...requested, size: held.size }, points);
  const used = COMPONENTS.map((_, i) => i).filter((i) => samples.some((s) => (s.held[i] ?? 0) > 0));
  return {
    components: used.map((i) => COMPONENTS[i] ?? 'activations'),
    samples: samples.map((sample) => ({ ...sample, held: used.map((i) => sample.held[i] ?? 0) })),
  };
}

/** Walks the events once and keeps the highest moment of every `length / points` of them. */
function thinned(program: Trace, points: number): readonly MemorySample[] {
  const width = Math.max(1, Math.ceil(program.events.length / points));
  const held = new Array<number>(COMPONENTS.length).fill(0);
  const samples: MemorySample[] = [];
  let live = 0;
  for (const stretch of program.stretches) {
    let highest = -1;
    let kept: number[] | undefined;
    for (let e = stretch.from; e < stretch.to; e++) {
      live += apply(program, e, held);
      if (live > highest) {
        highest = live;
        kept = [...held];
      }
      if ((e - stretch.from + 1) % width === 0 || e + 1 === stretch.to) {
        if (kept !== undefined) samples.push(sampleOf(stretch, kept));
        highest = -1;
        kept = undefined;
      }
    }
  }
  return samples;
}

/** Adds one event to what is held; gives its bytes, negative when freed. */
function apply(program: Trace, at: number, held: number[]): number {
  const event = program.events[at] ?? 0;
  const block = Math.abs(event);
  const change = Math.sign(event) * (program.size[block] ?? 0);
  const component = program.component[block] ?? 0;
  held[component] = (held[component] ?? 0) + change;
  return change;
}

function sampleOf({ phase, step, layer }: Stretch, held: readonly number[]): MemorySample {
  return { phase, step, layer, held };
}
