import { SMALL, UNIT } from './allocator.ts';
import type { Layout } from './layout.ts';
import { NEVER, type Parts, WIDTH } from './parts.ts';
import { PHASES, type Phase } from './result.ts';

/** One copy of a mark as it was played. Live units count what is asked for; slack is what is got on top. */
export interface Stretch {
  readonly mark: number;
  readonly copy: number;
  /** Live units at its start. */
  readonly live: number;
  /** Slack at its start by component; absent where there is none. */
  readonly slack: readonly number[] | undefined;
  /** The most slack that it ever has, units. */
  readonly most: number;
  /** Its part of `Peaks.changes`. */
  readonly from: number;
  readonly to: number;
}

/** The highest moment of a phase. */
export interface HeldPeak {
  readonly bytes: number;
  readonly phase: Phase;
  readonly step: number;
  /** `layers.27.mlp.down_proj`, or an op outside the layers. */
  readonly op: string;
  /** Bytes by index into COMPONENTS. */
  readonly held: readonly number[];
  /** The highest moment of the layer that runs backward first, not of the whole phase. */
  readonly first?: true;
}

/** What a phase of a step may reach its peak in. */
interface Slot {
  /** What its peak is at least. */
  low: number;
  /** Stretches that may be higher than those before them, by number. */
  readonly candidates: number[];
}

/** Number of the slot of the layer that runs backward first, after those of the phases. */
const FIRST = PHASES.length;
const SLOTS = PHASES.length + 1;

interface Moment {
  readonly stretch: number;
  readonly event: number;
  readonly units: number;
}

interface Found extends Moment {
  readonly slot: number;
}

/** Finds the highest moment of every phase from the stretches of a program. */
export class Peaks {
  readonly stretches: Stretch[] = [];
  /** Changes of slack: pairs of a large event (counted from the start of its mark) and units. */
  readonly changes: number[] = [];
  private readonly layout: Layout;
  private readonly parts: Parts;
  private readonly slots: Slot[] = [];

  constructor(layout: Layout, parts: Parts) {
    this.layout = layout;
    this.parts = parts;
  }

  add(stretch: Stretch): void {
    const number = this.stretches.push(stretch) - 1;
    const rise = this.parts.rise[stretch.mark] ?? NEVER;
    if (rise === NEVER) return;
    const { phase, step, layer } = this.layout.markOf(stretch.mark);
    this.offer(step * SLOTS + PHASES.indexOf(phase), number, rise);
    const last = layer === this.layout.plan.repeats.length - 1;
    if (phase === 'backward' && last) this.offer(step * SLOTS + FIRST, number, rise);
  }

  /** Stretch `number` may be the highest of what slot `key` is for. */
  private offer(key: number, number: number, rise: number): void {
    const stretch = this.stretches[number] ?? NOTHING;
    const low = stretch.live + rise;
    const slot = this.slots[key];
    if (slot === undefined) this.slots[key] = { low, candidates: [number] };
    else if (low + stretch.most > slot.low) {
      slot.candidates.push(number);
      if (low > slot.low) slot.low = low;
    }
  }

  /** The peaks in order of time. */
  found(): readonly HeldPeak[] {
    const all: Found[] = [];
    this.slots.forEach((slot, key) => {
      all.push({ ...this.highest(slot), slot: key % SLOTS });
    });
    all.sort((a, b) => a.stretch - b.stretch || a.event - b.event);
    const start = new Array<number>(WIDTH).fill(0);
    let next = 0;
    return all.map((found) => {
      for (; next < found.stretch; next++) this.pass(next, start);
      return this.peak(found, start);
    });
  }

  /** Adds what stretch `number` leaves to `held`. */
  private pass(number: number, held: number[]): void {
    const row = (this.stretches[number]?.mark ?? 0) * WIDTH;
    for (let c = 0; c < WIDTH; c++) held[c] = (held[c] ?? 0) + (this.parts.net[row + c] ?? 0);
  }

  /** Looks at the last candidates first: in a pass that takes more and more they are the highest. */
  private highest(slot: Slot): Moment {
    let best: Moment = { stretch: -1, event: 0, units: slot.low };
    for (let i = slot.candidates.length - 1; i >= 0; i--) {
      const number = slot.candidates[i] ?? 0;
      const { mark, live, most } = this.stretches[number] ?? NOTHING;
      const low = live + (this.parts.rise[mark] ?? NEVER);
      if (low + most < best.units) continue;
      const event = this.parts.peak[mark] ?? 0;
      const found = most > 0 ? this.walk(number) : { stretch: number, event, units: low };
      if (found.units >= best.units) best = found;
    }
    return best;
  }

  /** The highest moment of a stretch with slack. */
  private walk(number: number): Moment {
    const { layout, changes } = this;
    const { events, size, marks } = layout.tape;
    const { mark, slack = [], from, to, live: start } = this.stretches[number] ?? NOTHING;
    const { event: first, block } = layout.markOf(mark);
    const end = marks[mark + 1]?.event ?? events.length;
    let live = slack.reduce((sum, units) => sum + units, start);
    let units = NEVER;
    let event = 0;
    let large = 0;
    let next = from;
    for (let e = first; e < end; e++) {
      const id = events[e] ?? 0;
      const asked = size[id < 0 ? -id : id] ?? 0;
      if (id > 0) live += asked;
      else live -= -id < block ? asked * layout.copies(-id, mark) : asked;
      if (asked > SMALL) {
        for (; next < to && changes[next] === large; next += 2) live += changes[next + 1] ?? 0;
        large += 1;
      }
      if (id > 0 && live > units) {
        units = live;
        event = e;
      }
    }
    return { stretch: number, event, units };
  }

  /** Adds what a stretch takes up to event `last` to `held`. */
  private until(stretch: Stretch, last: number, held: number[]): void {
    const { layout, changes } = this;
    const { events, size, component } = layout.tape;
    const { event: first, block } = layout.markOf(stretch.mark);
    let large = 0;
    let next = stretch.from;
    for (let e = first; e <= last; e++) {
      const event = events[e] ?? 0;
      const id = event < 0 ? -event : event;
      const asked = size[id] ?? 0;
      let change = event > 0 ? asked : -asked;
      if (id < block) change *= layout.copies(id, stretch.mark);
      if (asked > SMALL) {
        for (; next < stretch.to && changes[next] === large; next += 2)
          change += changes[next + 1] ?? 0;
        large += 1;
      }
      const c = component[id] ?? 0;
      held[c] = (held[c] ?? 0) + change;
    }
  }

  private peak({ stretch: number, event, units, slot }: Found, start: readonly number[]): HeldPeak {
    const { layout } = this;
    const { tape, plan } = layout;
    const stretch = this.stretches[number] ?? NOTHING;
    const held = start.map((n, c) => n + (stretch.slack?.[c] ?? 0));
    this.until(stretch, event, held);
    const { phase, step, layer } = layout.markOf(stretch.mark);
    const label = tape.label[tape.events[event] ?? 0] ?? 0;
    const op = tape.labels[label] ?? '';
    const unit = (plan.first[layer] ?? 0) + stretch.copy * plan.span;
    const at = layer < 0 ? op : `layers.${unit + (tape.within[label] ?? 0)}.${op}`;
    const first = slot === FIRST && ({ first: true } as const);
    return { bytes: units * UNIT, phase, step, op: at, held: held.map((n) => n * UNIT), ...first };
  }
}

const NOTHING: Stretch = {
  mark: 0,
  copy: 0,
  live: 0,
  slack: undefined,
  most: 0,
  from: 0,
  to: 0,
};
