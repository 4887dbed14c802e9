import type { AllocatorConf } from '../run/training-run.ts';
import { Allocator, UNIT } from './allocator.ts';
import type { Block } from './free-list.ts';
import type { Layout } from './layout.ts';
import { Parts, WIDTH } from './parts.ts';
import { repeatsPass } from './passes.ts';
import { type HeldPeak, Peaks, type Stretch } from './peaks.ts';
import type { Pass } from './tape.ts';

/** What a program needs of a card without a limit. */
export interface Played {
  /** Most bytes that the allocator holds from the driver. */
  readonly reserved: number;
  /** The highest moment of every phase of each step, in order of time. */
  readonly peaks: readonly HeldPeak[];
}

/** Plays a program through torch's caching allocator. */
export function play(layout: Layout, conf: AllocatorConf): Played {
  return new Player(layout, conf).run();
}

/**
 * Plays stretch by stretch, and in each the two pools one after the other. What is known to go as it
 * went before is not played again: from the same blocks in use, the same requests get the same blocks.
 */
class Player {
  private readonly layout: Layout;
  private readonly parts: Parts;
  private readonly peaks: Peaks;
  private readonly allocator: Allocator;
  /** The allocator's blocks by the layout's number. */
  private readonly held: Block[];
  /** Units live that were asked for, and what was got above that: together, by component. */
  private live = 0;
  private slack = 0;
  private readonly slackOf = new Array<number>(WIDTH).fill(0);
  private most = 0;
  /** Large blocks in use, and whether large segments were added since the micro step began. */
  private larges = 0;
  private grew = false;
  /** Stretches of the micro step before, while this one repeats it. */
  private twin = -1;
  private pass = 0;
  /** First stretch of the micro step, and large blocks in use at its start. */
  private first = 0;
  private before = 0;
  /** The micro step before left the large pool as it found it; where its stretches begin. */
  private neutral = false;
  private previous = 0;

  constructor(layout: Layout, conf: AllocatorConf) {
    this.layout = layout;
    this.parts = new Parts(layout);
    this.peaks = new Peaks(layout, this.parts);
    this.allocator = new Allocator(conf);
    this.held = new Array(layout.total);
  }

  run(): Played {
    const { passes, marks } = this.layout.tape;
    for (let m = 0; m < marks.length; m++) {
      const pass = passes[this.pass];
      if (pass?.to === m) this.end();
      const next = passes[this.pass];
      if (next?.from === m) this.begin(next);
      this.mark(m);
    }
    return { reserved: this.allocator.most * UNIT, peaks: this.peaks.found() };
  }

  private begin(pass: Pass): void {
    const { layout, parts, peaks } = this;
    const last = layout.tape.passes[this.pass - 1];
    const again = this.neutral && last !== undefined && repeatsPass(layout.tape, parts, last, pass);
    this.twin = again ? this.previous : -1;
    this.first = peaks.stretches.length;
    this.before = this.larges;
    this.grew = false;
  }

  private end(): void {
    this.neutral = !this.grew && this.larges === this.before;
    this.previous = this.first;
    this.twin = -1;
    this.pass += 1;
  }

  private mark(m: number): void {
    const { layout, parts, allocator } = this;
    const { phase, layer } = layout.markOf(m);
    const copies = layout.repeats(layer);
    let still = false;
    for (let c = 0; c < copies; c++) {
      const copy = phase === 'backward' ? copies - 1 - c : c;
      this.stretch(m, copy);
      this.live += parts.delta[m] ?? 0;
      if (still) continue;
      const { reserved } = allocator;
      this.playSmall(m, copy);
      still = parts.closed[m] === 1 && reserved === allocator.reserved;
    }
  }

  /** The large pool's part, and the record of the stretch. */
  private stretch(mark: number, copy: number): void {
    const { peaks, live } = this;
    const twin = this.twin < 0 ? undefined : peaks.stretches[this.twin++];
    if (twin !== undefined) {
      peaks.add({ ...twin, mark, copy, live });
      return;
    }
    const slack = this.slack > 0 ? [...this.slackOf] : undefined;
    const from = peaks.changes.length;
    this.most = this.slack;
    this.playLarge(mark, copy);
    const stretch: Stretch = {
      mark,
      copy,
      live,
      slack,
      most: this.most,
      from,
      to: peaks.changes.length,
    };
    peaks.add(stretch);
  }

  private playLarge(m: number, copy: number): void {
    const { layout, allocator, held } = this;
    const { large, largeFrom } = this.parts;
    const { size } = layout.tape;
    const { block } = layout.markOf(m);
    const shift = (layout.base[m] ?? 0) + copy * (layout.born[m] ?? 0) - block;
    const start = largeFrom[m] ?? 0;
    const end = largeFrom[m + 1] ?? 0;
    const { reserved } = allocator;
    for (let i = start; i < end; i++) {
      const event = large[i] ?? 0;
      if (event > 0) {
        const units = size[event] ?? 0;
        if (i + 1 < end && large[i + 1] === -event) {
          const got = allocator.flash(units);
          if (got !== units) {
            this.loosen(i - start, event, got - units);
            this.loosen(i + 1 - start, event, units - got);
          }
          i += 1;
          continue;
        }
        const b = allocator.malloc(units);
        held[event + shift] = b;
        this.larges += 1;
        const got = b.units;
        if (got !== units) this.loosen(i - start, event, got - units);
      } else if (-event >= block) this.freeLarge(held[shift - event], -event, i - start);
      else this.freeOuter(-event, m, copy, i - start);
    }
    if (reserved !== allocator.reserved) this.grew = true;
  }

  private freeLarge(b: Block | undefined, id: number, at: number): void {
    if (b === undefined) return;
    if (this.slack > 0) {
      const more = b.units - (this.layout.tape.size[id] ?? 0);
      if (more > 0) this.loosen(at, id, -more);
    }
    this.larges -= 1;
    this.allocator.free(b);
  }

  /** Frees the copies of block `id`, born in another mark, that are meant. */
  private freeOuter(id: number, m: number, copy: number, at: number): void {
    const { layout, held } = this;
    const times = layout.copies(id, m);
    for (let c = 0; c < times; c++) {
      const number = times > 1 ? layout.numberOf(id, c) : layout.seen(id, m, copy);
      const b = held[number];
      if (at >= 0) this.freeLarge(b, id, at);
      else if (b !== undefined) this.allocator.free(b);
    }
  }

  /** A change of slack with large event `at` of the stretch. */
  private loosen(at: number, id: number, units: number): void {
    const c = this.layout.tape.component[id] ?? 0;
    this.slackOf[c] = (this.slackOf[c] ?? 0) + units;
    this.slack += units;
    if (this.slack > this.most) this.most = this.slack;
    this.peaks.changes.push(at, units);
  }

  private playSmall(m: number, copy: number): void {
    const { layout, allocator, held } = this;
    const { small, smallFrom } = this.parts;
    const { size } = layout.tape;
    const { block } = layout.markOf(m);
    const shift = (layout.base[m] ?? 0) + copy * (layout.born[m] ?? 0) - block;
    const end = smallFrom[m + 1] ?? 0;
    for (let i = smallFrom[m] ?? 0; i < end; i++) {
      const event = small[i] ?? 0;
      if (event > 0) {
        if (i + 1 < end && small[i + 1] === -event) {
          allocator.flash(size[event] ?? 0);
          i += 1;
        } else held[event + shift] = allocator.malloc(size[event] ?? 0);
      } else if (-event >= block) {
        const b = held[shift - event];
        if (b !== undefined) allocator.free(b);
      } else this.freeOuter(-event, m, copy, -1);
    }
  }
}
