import { UNIT } from './allocator.ts';
import { Layout } from './layout.ts';
import { planLayers } from './plan.ts';
import { actOut } from './program.ts';
import { COMPONENTS, type Component, type Phase } from './result.ts';
import type { EstimateSpec } from './spec.ts';

/** The allocation events of a training program: loading and two optimizer steps. */
export interface Trace {
  /** `+id` allocates block id, `-id` frees it; ids count from 1. */
  readonly events: Int32Array;
  /** By block id: bytes, rounded up to 512. */
  readonly size: Float64Array;
  /** By block id: index into COMPONENTS. */
  readonly component: Uint8Array;
  /** By block id: index into `labels`. */
  readonly label: Uint16Array;
  readonly labels: readonly string[];
  /** By label: layers in front of its own in the unit. */
  readonly within: readonly number[];
  /** Stretches of events, in order. */
  readonly stretches: readonly Stretch[];
}

/** A stretch of events in one phase, and in one layer where `layer` is not -1. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly phase: Phase;
  readonly step: number;
  readonly layer: number;
}

/** The trace of `spec`: equal layers are acted out once and repeated. */
export function trace(spec: EstimateSpec): Trace {
  const plan = planLayers(spec);
  return new Expansion(new Layout(actOut(spec, plan), plan)).run();
}

/** Repeats the events of layers that stand for several. */
class Expansion {
  private readonly layout: Layout;
  private readonly events: Int32Array;
  private length = 0;

  constructor(layout: Layout) {
    this.layout = layout;
    this.events = new Int32Array(this.count());
  }

  run(): Trace {
    const { layout } = this;
    const { tape } = layout;
    const stretches: Stretch[] = [];
    const size = new Float64Array(layout.total);
    const component = new Uint8Array(layout.total);
    const label = new Uint16Array(layout.total);
    for (let m = 0; m < tape.marks.length; m++) {
      this.stretchesOf(m, stretches);
      const { block, layer } = layout.markOf(m);
      const born = layout.born[m] ?? 0;
      for (let i = 0; i < born * layout.repeats(layer); i++) {
        const old = block + (i % born);
        const id = (layout.base[m] ?? 0) + i;
        size[id] = (tape.size[old] ?? 0) * UNIT;
        component[id] = tape.component[old] ?? 0;
        label[id] = tape.label[old] ?? 0;
      }
    }
    const events = this.events.subarray(0, this.length);
    return { events, size, component, label, labels: tape.labels, within: tape.within, stretches };
  }

  private stretchesOf(m: number, stretches: Stretch[]): void {
    const { phase, step, layer } = this.layout.markOf(m);
    const copies = this.layout.repeats(layer);
    for (let c = 0; c < copies; c++) {
      const copy = phase === 'backward' ? copies - 1 - c : c;
      const from = this.length;
      this.emit(m, copy);
      if (this.length === from) continue;
      stretches.push({ from, to: this.length, phase, step, layer: layerOf(this.layout, m, copy) });
    }
  }

  /** An upper bound of the number of events. */
  private count(): number {
    let most = 1;
    for (const r of this.layout.plan.repeats) most = Math.max(most, r);
    return this.layout.tape.events.length * most + 1;
  }

  private emit(m: number, copy: number): void {
    const { layout } = this;
    const { tape } = layout;
    const end = tape.marks[m + 1]?.event ?? tape.events.length;
    for (let e = layout.markOf(m).event; e < end; e++) {
      const event = tape.events[e] ?? 0;
      const id = Math.abs(event);
      const times = layout.copies(id, m);
      for (let c = 0; c < times; c++) {
        const number = times > 1 ? layout.numberOf(id, c) : layout.seen(id, m, copy);
        this.events[this.length++] = event < 0 ? -number : number;
      }
    }
  }
}

/** The model's layer that copy `copy` of mark `m` begins with; -1 outside the layers. */
export function layerOf({ plan, tape }: Layout, m: number, copy: number): number {
  const layer = tape.marks[m]?.layer ?? -1;
  return layer < 0 ? -1 : (plan.first[layer] ?? 0) + copy * plan.span;
}

/** Name of component number `i`. */
export const componentName = (i: number): Component => COMPONENTS[i] ?? 'activations';
