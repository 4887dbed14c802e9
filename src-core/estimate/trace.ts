import { type LayerPlan, planLayers } from './plan.ts';
import { actOut } from './program.ts';
import { COMPONENTS, type Component, PHASES, type Phase } from './result.ts';
import type { EstimateSpec } from './spec.ts';
import type { Mark, Tape } from './tape.ts';

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
  return new Expansion(actOut(spec, plan), plan).run();
}

/** Repeats the events of layers that stand for several. */
class Expansion {
  private readonly tape: Tape;
  private readonly plan: LayerPlan;
  private readonly marks: readonly Mark[];
  /** By mark: the first new id of its blocks. */
  private readonly base: number[] = [];
  /** By mark: how many blocks are born in it. */
  private readonly born: number[] = [];
  /** By mark: its number among the marks of its layer. */
  private readonly ordinal: number[] = [];
  private readonly byLayer = new Map<number, number[]>();
  /** By block of the tape: the mark it is born in. */
  private readonly home: Int32Array;
  private events: Int32Array = new Int32Array(0);
  private length = 0;

  constructor(tape: Tape, plan: LayerPlan) {
    this.tape = tape;
    this.plan = plan;
    this.marks = tape.marks;
    this.home = new Int32Array(tape.size.length);
  }

  private repeats(layer: number): number {
    return layer < 0 ? 1 : (this.plan.repeats[layer] ?? 1);
  }

  run(): Trace {
    const total = this.number();
    const { tape, marks } = this;
    const size = new Float64Array(total);
    const component = new Uint8Array(total);
    const label = new Uint16Array(total);
    const stretches: Stretch[] = [];
    this.events = new Int32Array(this.count());
    marks.forEach((mark, m) => {
      const copies = this.repeats(mark.layer);
      for (let c = 0; c < copies; c++) {
        const copy = mark.phase === 'backward' ? copies - 1 - c : c;
        const from = this.length;
        this.emit(m, mark, copy);
        if (this.length === from) continue;
        const layer = mark.layer < 0 ? -1 : (this.plan.first[mark.layer] ?? 0) + copy;
        stretches.push({ from, to: this.length, phase: mark.phase, step: mark.step, layer });
      }
      for (let i = 0; i < (this.born[m] ?? 0) * copies; i++) {
        const old = mark.block + (i % (this.born[m] ?? 1));
        const id = (this.base[m] ?? 0) + i;
        size[id] = tape.size[old] ?? 0;
        component[id] = tape.component[old] ?? 0;
        label[id] = tape.label[old] ?? 0;
      }
    });
    const events = this.events.subarray(0, this.length);
    return { events, size, component, label, labels: tape.labels, stretches };
  }

  /** Gives every block of every copy its number; returns one more than the last. */
  private number(): number {
    let next = 1;
    const { marks, tape } = this;
    marks.forEach((mark, m) => {
      const end = marks[m + 1]?.block ?? tape.size.length;
      this.born.push(end - mark.block);
      this.base.push(next);
      for (let id = mark.block; id < end; id++) this.home[id] = m;
      next += (end - mark.block) * this.repeats(mark.layer);
      const list = this.byLayer.get(mark.layer) ?? [];
      this.ordinal.push(list.push(m) - 1);
      this.byLayer.set(mark.layer, list);
    });
    return next;
  }

  /** An upper bound of the number of events. */
  private count(): number {
    let most = 1;
    for (const r of this.plan.repeats) most = Math.max(most, r);
    return this.tape.events.length * most + 1;
  }

  private emit(m: number, mark: Mark, copy: number): void {
    const { tape, marks } = this;
    const end = marks[m + 1]?.event ?? tape.events.length;
    for (let e = mark.event; e < end; e++) {
      const event = tape.events[e] ?? 0;
      const id = Math.abs(event);
      const home = this.home[id] ?? 0;
      const layer = marks[home]?.layer ?? -1;
      const offset = id - (marks[home]?.block ?? 0);
      if (layer >= 0 && mark.layer < 0 && this.repeats(layer) > 1) {
        for (let c = 0; c < this.repeats(layer); c++) this.push(event, home, offset, c);
      } else this.one(event, home, offset, mark, copy);
    }
  }

  /** One reference, seen from copy `copy` of the layer of `mark`. */
  private one(event: number, home: number, offset: number, mark: Mark, copy: number): void {
    const layer = this.marks[home]?.layer ?? -1;
    const here = this.repeats(mark.layer);
    const there = this.repeats(layer);
    if (layer < 0) this.push(event, home, offset, 0);
    else if (layer === mark.layer) this.push(event, home, offset, here > 1 ? copy : 0);
    // A neighbour refers to the repeated layer: to its nearest copy.
    else if (there > 1) this.push(event, home, offset, mark.layer > layer ? there - 1 : 0);
    else {
      // The repeated layer refers to a neighbour: to another copy of itself, except at the ends.
      const other = here > 1 ? copy + Math.sign(layer - mark.layer) : -1;
      const inside = other >= 0 && other < here;
      const twin = this.byLayer.get(mark.layer)?.[this.ordinal[home] ?? 0] ?? home;
      this.push(event, inside ? twin : home, offset, inside ? other : 0);
    }
  }

  private push(event: number, home: number, offset: number, copy: number): void {
    const id = (this.base[home] ?? 0) + copy * (this.born[home] ?? 0) + offset;
    this.events[this.length++] = event < 0 ? -id : id;
  }
}

/** The highest moment of a trace. */
export interface Peak {
  readonly bytes: number;
  /** Event after which it is reached. */
  readonly event: number;
  readonly phase: Phase;
  readonly step: number;
  /** `layers.27.mlp.down_proj`, or an op outside the layers. */
  readonly op: string;
}

/** Walks the trace: the peak of every phase of each step, in order of time. */
export function phasePeaks(trace: Trace): readonly Peak[] {
  const found = new Map<string, Peak>();
  let live = 0;
  for (const s of trace.stretches) {
    const key = `${s.step} ${s.phase}`;
    let best = found.get(key)?.bytes ?? -1;
    let at = -1;
    for (let e = s.from; e < s.to; e++) {
      const event = trace.events[e] ?? 0;
      if (event < 0) live -= trace.size[-event] ?? 0;
      else {
        live += trace.size[event] ?? 0;
        if (live > best) {
          best = live;
          at = e;
        }
      }
    }
    if (at >= 0) {
      const op = opName(trace, s, at);
      found.set(key, { bytes: best, event: at, phase: s.phase, step: s.step, op });
    }
  }
  return [...found.values()].sort((a, b) => a.event - b.event);
}

function opName(trace: Trace, s: Stretch, event: number): string {
  const op = trace.labels[trace.label[trace.events[event] ?? 0] ?? 0] ?? '';
  return s.layer < 0 ? op : `layers.${s.layer}.${op}`;
}

/** What each component holds just after each of `events` (in order), bytes by index into COMPONENTS. */
export function componentsAt(trace: Trace, events: readonly number[]): readonly Float64Array[] {
  const held = new Float64Array(COMPONENTS.length);
  let next = 0;
  return events.map((event) => {
    for (; next <= event; next++) {
      const id = trace.events[next] ?? 0;
      const block = Math.abs(id);
      const c = trace.component[block] ?? 0;
      held[c] = (held[c] ?? 0) + Math.sign(id) * (trace.size[block] ?? 0);
    }
    return held.slice();
  });
}

/** Name of component number `i`. */
export const componentName = (i: number): Component => COMPONENTS[i] ?? 'activations';

/** Phases in order of time. */
export const phaseOrder = (p: Phase): number => PHASES.indexOf(p);
