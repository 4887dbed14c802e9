/** Sizes and addresses of blocks by their number, in units of the allocator. */
export interface Blocks {
  readonly size: Int32Array | Float64Array;
  readonly address: Int32Array | Float64Array;
  /** Where each free block was put into its list; it may have moved since. */
  readonly spot: Int32Array;
}

/** Moves up to this many places are made one by one: a call costs more than they do. */
const NEAR = 12;
/** Places that are looked at one by one before the list is halved. */
const STEPS = 6;
/** Sizes that have a hint of their own, but for collisions: a power of two. */
const HINTS = 64;

/**
 * Free blocks in order of size, then address: the order in which best fit looks at them. Few sizes
 * occur, again and again, so a search begins where the size was last found.
 */
export class FreeList {
  length = 0;
  private ids = new Int32Array(128);
  private readonly hints = new Int32Array(HINTS);
  private readonly blocks: Blocks;

  constructor(blocks: Blocks) {
    this.blocks = blocks;
  }

  /** The block at `index`. */
  at(index: number): number {
    return this.ids[index] ?? 0;
  }

  /** Index of the smallest block of at least `units`; `length` when there is none. */
  firstFit(units: number): number {
    const { ids, hints, length } = this;
    const { size } = this.blocks;
    const slot = (units ^ (units >> 6) ^ (units >> 12)) & (HINTS - 1);
    let at = Math.min(hints[slot] ?? 0, length);
    let left = STEPS;
    if (at < length && (size[ids[at] ?? 0] ?? 0) < units) {
      do at += 1;
      while (at < length && (size[ids[at] ?? 0] ?? 0) < units && --left > 0);
    } else {
      while (at > 0 && (size[ids[at - 1] ?? 0] ?? 0) >= units && --left > 0) at -= 1;
    }
    if (left === 0) at = this.halve(units);
    hints[slot] = at;
    return at;
  }

  private halve(units: number): number {
    const { ids } = this;
    const { size } = this.blocks;
    let low = 0;
    let high = this.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if ((size[ids[mid] ?? 0] ?? 0) < units) low = mid + 1;
      else high = mid;
    }
    return low;
  }

  /** Where a block of `units` at `address` stands, or would stand. */
  private placeOf(units: number, address: number): number {
    const { ids, length } = this;
    const { size, address: addresses } = this.blocks;
    let low = this.firstFit(units);
    const first = ids[low] ?? 0;
    if (low === length || size[first] !== units || (addresses[first] ?? 0) >= address) return low;
    let high = length;
    while (low < high) {
      const mid = (low + high) >> 1;
      const other = ids[mid] ?? 0;
      if (size[other] === units && (addresses[other] ?? 0) < address) low = mid + 1;
      else high = mid;
    }
    return low;
  }

  /** Where `block` stands: most often where it was put, or beside that. */
  indexOf(block: number): number {
    const { ids, length } = this;
    const { size, address, spot } = this.blocks;
    const at = spot[block] ?? 0;
    if (at < length && ids[at] === block) return at;
    if (at + 1 < length && ids[at + 1] === block) return at + 1;
    if (at > 0 && at <= length && ids[at - 1] === block) return at - 1;
    return this.placeOf(size[block] ?? 0, address[block] ?? 0);
  }

  insert(block: number): void {
    const { size, address, spot } = this.blocks;
    const at = this.placeOf(size[block] ?? 0, address[block] ?? 0);
    if (this.length === this.ids.length) this.widen();
    this.up(at, this.length);
    this.ids[at] = block;
    spot[block] = at;
    this.length += 1;
  }

  removeAt(index: number): void {
    this.length -= 1;
    this.down(index, this.length);
  }

  /** Puts `block`, which will have fewer `units`, in the place of the block at `index`. */
  shrink(index: number, block: number, units: number, address: number): void {
    const { ids } = this;
    const { size, spot } = this.blocks;
    let at = index;
    if (index > 0 && (size[ids[index - 1] ?? 0] ?? 0) >= units) {
      at = this.placeOf(units, address);
      this.up(at, index);
    }
    ids[at] = block;
    spot[block] = at;
  }

  /** Puts `block`, which will have more `units`, in the place of the block at `index`. */
  swell(index: number, block: number, units: number, address: number): void {
    const { ids } = this;
    const { size, spot } = this.blocks;
    let at = index;
    if (index + 1 < this.length && (size[ids[index + 1] ?? 0] ?? 0) <= units) {
      at = this.placeOf(units, address) - 1;
      this.down(index, at);
    }
    ids[at] = block;
    spot[block] = at;
  }

  /** Moves what stands from `from` up to `to` one place up. */
  private up(from: number, to: number): void {
    const { ids } = this;
    if (to - from > NEAR) ids.copyWithin(from + 1, from, to);
    else for (let i = to; i > from; i--) ids[i] = ids[i - 1] ?? 0;
  }

  /** Moves what stands behind `from`, to `to` inclusive, one place down. */
  private down(from: number, to: number): void {
    const { ids } = this;
    if (to - from > NEAR) ids.copyWithin(from, from + 1, to + 1);
    else for (let i = from; i < to; i++) ids[i] = ids[i + 1] ?? 0;
  }

  private widen(): void {
    const wider = new Int32Array(this.length * 2);
    wider.set(this.ids);
    this.ids = wider;
  }
}
