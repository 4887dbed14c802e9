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
}

/** What a phase of a step may reach its peak in. */
interface Slot {
  /** What its peak is at least. */
  low: number;
  /** Stretches that may be higher than those before them, by number. */
  readonly candidates: number[];
}

interface Found {
  readonly stretch: number;
  readonly event: number;
  readonly units: number;
}

/** Finds the highest moment of every phase from the stretches of a program. */
export class Peaks {
  readonly stretches: Stretch[] = [];
  /** Changes of slack: pairs of a large event (counted from the start of its mark) and units. */
  readonly changes: number[] = [];
  private readonly layout: Layout;
  private readonly parts: Parts;
  private readonly slots: (Slot | undefined)[] = [];

  constructor(layout: Layout, parts: Parts) {
    this.layout = layout;
    this.parts = parts;
  }

  add(stretch: Stretch): void {
    const number = this.stretches.push(stretch) - 1;
    const rise = this.parts.rise[stretch.mark] ?? NEVER;
    if (rise === NEVER) return;
    const { phase, step } = this.layout.markOf(stretch.mark);
    const key = step * PHASES.length + PHASES.indexOf(phase);
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
    for (const slot of this.slots) if (slot !== undefined) all.push(this.highest(slot));
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

  private highest(slot: Slot): Found {
    let best: Found = { stretch: -1, event: 0, units: NEVER };
    for (const number of slot.candidates) {
      const stretch = this.stretches[number];
      if (stretch === undefined) continue;
      const low = stretch.live + (this.parts.rise[stretch.mark] ?? NEVER);
      if (low + stretch.most < slot.low || low + stretch.most <= best.units) continue;
      const event = this.parts.peak[stretch.mark] ?? 0;
      if (stretch.most > 0) best = this.walk(number, stretch, best);
      else best = { stretch: number, event, units: low };
    }
    return best;
  }

  /** The highest moment of a stretch with slack, where it is above `best`. */
  private walk(number: number, stretch: Stretch, best: Found): Found {
    let found = best;
    let live = stretch.live;
    for (const units of stretch.slack ?? []) live += units;
    this.events(stretch, Number.POSITIVE_INFINITY, (event, units, taken) => {
      live += units;
      if (taken && live > found.units) found = { stretch: number, event, units: live };
    });
    return found;
  }

  /** Runs over the events of a stretch up to `last`: the change each makes, slack included. */
  private events(
    { mark, from, to }: Stretch,
    last: number,
    each: (event: number, units: number, taken: boolean, block: number) => void,
  ): void {
    const { layout, changes } = this;
    const { events, size, marks } = layout.tape;
    const { event: start, block } = layout.markOf(mark);
    const end = Math.min(marks[mark + 1]?.event ?? events.length, last + 1);
    let large = 0;
    let next = from;
    for (let e = start; e < end; e++) {
      const event = events[e] ?? 0;
      const id = Math.abs(event);
      const asked = size[id] ?? 0;
      let units = event > 0 ? asked : -asked * (id < block ? layout.copies(id, mark) : 1);
      if (asked > SMALL) {
        for (; next < to && changes[next] === large; next += 2) units += changes[next + 1] ?? 0;
        large += 1;
      }
      each(e, units, event > 0, id);
    }
  }

  private peak({ stretch: number, event, units }: Found, start: readonly number[]): HeldPeak {
    const { layout } = this;
    const { tape, plan } = layout;
    const stretch = this.stretches[number] ?? NOTHING;
    const held = start.map((n, c) => n + (stretch.slack?.[c] ?? 0));
    this.events(stretch, event, (_, change, __, block) => {
      const c = tape.component[block] ?? 0;
      held[c] = (held[c] ?? 0) + change;
    });
    const { phase, step, layer } = layout.markOf(stretch.mark);
    const op = tape.labels[tape.label[tape.events[event] ?? 0] ?? 0] ?? '';
    const at = layer < 0 ? op : `layers.${(plan.first[layer] ?? 0) + stretch.copy}.${op}`;
    return { bytes: units * UNIT, phase, step, op: at, held: held.map((n) => n * UNIT) };
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
