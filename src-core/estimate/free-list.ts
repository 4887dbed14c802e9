/** Sizes and addresses of blocks by their number, in units of the allocator. */
export interface Blocks {
  readonly size: Int32Array | Float64Array;
  readonly address: Int32Array | Float64Array;
}

/** Moves up to this many places are made one by one: a call costs more than they do. */
const NEAR = 12;

/** Free blocks in order of size, then address: the order in which best fit looks at them. */
export class FreeList {
  length = 0;
  private ids = new Int32Array(128);
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

  /** Where `block` stands between `low` and `high`, or would stand. */
  placeOf(block: number, low = 0, high = this.length): number {
    const { ids } = this;
    const { size, address } = this.blocks;
    const units = size[block] ?? 0;
    let from = low;
    let to = high;
    while (from < to) {
      const mid = (from + to) >> 1;
      const other = ids[mid] ?? 0;
      const s = size[other] ?? 0;
      if (s < units || (s === units && (address[other] ?? 0) < (address[block] ?? 0))) {
        from = mid + 1;
      } else to = mid;
    }
    return from;
  }

  insert(block: number): void {
    const at = this.placeOf(block);
    if (this.length === this.ids.length) this.widen();
    this.up(at, this.length);
    this.ids[at] = block;
    this.length += 1;
  }

  removeAt(index: number): void {
    this.length -= 1;
    this.down(index, this.length);
  }

  /** Puts `block`, which is smaller, into the list in the place of the block at `index`. */
  shrink(index: number, block: number): void {
    const at = this.placeOf(block, 0, index);
    this.up(at, index);
    this.ids[at] = block;
  }

  /** Puts `block`, which is larger, into the list in the place of the block at `index`. */
  swell(index: number, block: number): void {
    const at = this.placeOf(block, index + 1) - 1;
    this.down(index, at);
    this.ids[at] = block;
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
