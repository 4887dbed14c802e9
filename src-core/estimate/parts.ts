import { SMALL } from './allocator.ts';
import type { Layout } from './layout.ts';
import { COMPONENTS } from './result.ts';

/** Components, and so the width of a row of `Parts.net`. */
export const WIDTH = COMPONENTS.length;

/**
 * The events of a tape by mark, those of the two pools apart: they share nothing but the driver. And
 * what a mark does to the live units when every request gets just what it asks for.
 */
export class Parts {
  /** Events of requests up to 1 MiB and of larger ones; by mark, where its own begin. */
  readonly small: Int32Array;
  readonly large: Int32Array;
  readonly smallFrom: Int32Array;
  readonly largeFrom: Int32Array;
  /** By mark: 1 where the small part frees all that it takes, and nothing else. */
  readonly closed: Uint8Array;
  /** By mark: units live after its highest allocation, counted from its start; `NEVER` without one. */
  readonly rise: number[] = [];
  /** By mark: the event of that allocation. */
  readonly peak: Int32Array;
  /** By mark: units more at its end than at its start, together and by component (rows of WIDTH). */
  readonly delta: number[] = [];
  readonly net: number[] = [];
  /** By block: how many large ones are born before it. */
  readonly rank: Int32Array;
  private readonly layout: Layout;
  private smalls = 0;
  private larges = 0;
  private ranks = 0;

  constructor(layout: Layout) {
    this.layout = layout;
    const { events, marks, size } = layout.tape;
    this.small = new Int32Array(events.length);
    this.large = new Int32Array(events.length);
    this.smallFrom = new Int32Array(marks.length + 1);
    this.largeFrom = new Int32Array(marks.length + 1);
    this.closed = new Uint8Array(marks.length);
    this.peak = new Int32Array(marks.length);
    this.rank = new Int32Array(size.length);
    for (let m = 0; m < marks.length; m++) this.read(m);
    this.smallFrom[marks.length] = this.smalls;
    this.largeFrom[marks.length] = this.larges;
  }

  private read(m: number): void {
    const { layout, small, large, rank, net } = this;
    const { events, size, component, marks } = layout.tape;
    const { event: from, block } = layout.markOf(m);
    const end = marks[m + 1]?.event ?? events.length;
    const row = net.length;
    for (let c = 0; c < WIDTH; c++) net.push(0);
    this.smallFrom[m] = this.smalls;
    this.largeFrom[m] = this.larges;
    let live = 0;
    let top = NEVER;
    let at = 0;
    let open = 0;
    let inside = true;
    for (let e = from; e < end; e++) {
      const event = events[e] ?? 0;
      const id = event < 0 ? -event : event;
      const units = size[id] ?? 0;
      const cell = row + (component[id] ?? 0);
      if (event > 0) {
        live += units;
        if (live > top) {
          top = live;
          at = e;
        }
        net[cell] = (net[cell] ?? 0) + units;
        if (units > SMALL) rank[id] = this.ranks++;
        else open += 1;
      } else {
        const all = id < block ? units * layout.copies(id, m) : units;
        live -= all;
        net[cell] = (net[cell] ?? 0) - all;
        if (units <= SMALL) open -= 1;
        if (units <= SMALL && id < block) inside = false;
      }
      if (units > SMALL) large[this.larges++] = event;
      else small[this.smalls++] = event;
    }
    this.closed[m] = inside && open === 0 ? 1 : 0;
    this.rise.push(top);
    this.peak[m] = at;
    this.delta.push(live);
  }
}

/** Lower than any number of live units. */
export const NEVER = Number.NEGATIVE_INFINITY;
