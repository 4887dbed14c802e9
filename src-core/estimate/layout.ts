import type { LayerPlan } from './plan.ts';
import type { Tape } from './tape.ts';

/** Numbers the blocks of a tape whose layers stand for several: each copy of a layer has its own. */
export class Layout {
  readonly tape: Tape;
  readonly plan: LayerPlan;
  /** By mark: the number of the first block of its first copy. */
  readonly base: Int32Array;
  /** By mark: how many blocks are born in it. */
  readonly born: Int32Array;
  /** One more than the last number. */
  readonly total: number;
  /** By mark: its number among the marks of its layer. */
  private readonly ordinal: Int32Array;
  private readonly byLayer = new Map<number, number[]>();
  /** By block of the tape: the mark it is born in. */
  private readonly home: Int32Array;

  constructor(tape: Tape, plan: LayerPlan) {
    this.tape = tape;
    this.plan = plan;
    const count = tape.marks.length;
    this.base = new Int32Array(count);
    this.born = new Int32Array(count);
    this.ordinal = new Int32Array(count);
    this.home = new Int32Array(tape.size.length);
    let next = 1;
    for (let m = 0; m < count; m++) next += this.number(m, next);
    this.total = next;
  }

  /** Numbers the blocks of mark `m` from `next` on; returns how many there are. */
  private number(m: number, next: number): number {
    const mark = this.markOf(m);
    const end = this.tape.marks[m + 1]?.block ?? this.tape.size.length;
    this.born[m] = end - mark.block;
    this.base[m] = next;
    this.home.fill(m, mark.block, end);
    let list = this.byLayer.get(mark.layer);
    if (list === undefined) {
      list = [];
      this.byLayer.set(mark.layer, list);
    }
    this.ordinal[m] = list.push(m) - 1;
    return (end - mark.block) * this.repeats(mark.layer);
  }

  /** How many layers of the model acted layer `layer` stands for; 1 outside the layers. */
  repeats(layer: number): number {
    return layer < 0 ? 1 : (this.plan.repeats[layer] ?? 1);
  }

  markOf(m: number): Tape['marks'][number] {
    return this.tape.marks[m] ?? NOWHERE;
  }

  /** The copies of block `id` that a reference from mark `m` means: all of them, from outside. */
  copies(id: number, m: number): number {
    const layer = this.markOf(this.home[id] ?? 0).layer;
    return layer >= 0 && this.markOf(m).layer < 0 ? this.repeats(layer) : 1;
  }

  /** The number of copy `copy` of block `id`. */
  numberOf(id: number, copy: number): number {
    return this.at(this.home[id] ?? 0, id - this.markOf(this.home[id] ?? 0).block, copy);
  }

  /** The number of the block that copy `copy` of mark `m` means by `id`. */
  seen(id: number, m: number, copy: number): number {
    const home = this.home[id] ?? 0;
    const offset = id - this.markOf(home).block;
    const { layer } = this.markOf(home);
    const own = this.markOf(m).layer;
    const here = this.repeats(own);
    const there = this.repeats(layer);
    if (layer < 0) return this.at(home, offset, 0);
    if (layer === own) return this.at(home, offset, here > 1 ? copy : 0);
    // A neighbour refers to the repeated layer: to its nearest copy.
    if (there > 1) return this.at(home, offset, own > layer ? there - 1 : 0);
    // The repeated layer refers to a neighbour: to another copy of itself, except at the ends.
    const other = here > 1 ? copy + Math.sign(layer - own) : -1;
    if (other < 0 || other >= here) return this.at(home, offset, 0);
    return this.at(this.byLayer.get(own)?.[this.ordinal[home] ?? 0] ?? home, offset, other);
  }

  private at(mark: number, offset: number, copy: number): number {
    return (this.base[mark] ?? 0) + copy * (this.born[mark] ?? 0) + offset;
  }
}

const NOWHERE: Tape['marks'][number] = { event: 0, block: 0, layer: -1, phase: 'load', step: 0 };
