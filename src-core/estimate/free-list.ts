/** Free blocks in order of size, then address: the order in which best fit looks at them. */
export class FreeList {
  length = 0;
  private ids = new Int32Array(256);
  private readonly size: Float64Array;
  private readonly address: Float64Array;

  /** `size` and `address`: by number of block, kept by the allocator. */
  constructor(size: Float64Array, address: Float64Array) {
    this.size = size;
    this.address = address;
  }

  /** The block at `index`. */
  at(index: number): number {
    return this.ids[index] ?? 0;
  }

  /** Index of the smallest block of at least `bytes`; `length` when there is none. */
  firstFit(bytes: number): number {
    const { ids, size } = this;
    let low = 0;
    let high = this.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      if ((size[ids[mid] ?? 0] ?? 0) < bytes) low = mid + 1;
      else high = mid;
    }
    return low;
  }

  insert(block: number): void {
    if (this.length === this.ids.length) {
      const wider = new Int32Array(this.length * 2);
      wider.set(this.ids);
      this.ids = wider;
    }
    const at = this.placeOf(block);
    this.ids.copyWithin(at + 1, at, this.length);
    this.ids[at] = block;
    this.length += 1;
  }

  remove(block: number): void {
    this.removeAt(this.placeOf(block));
  }

  /** Takes the block at `index` out and gives it. */
  removeAt(index: number): number {
    const block = this.at(index);
    this.ids.copyWithin(index, index + 1, this.length);
    this.length -= 1;
    return block;
  }

  /** Where `block` stands, or would stand. */
  private placeOf(block: number): number {
    const { ids, size, address } = this;
    const bytes = size[block] ?? 0;
    const place = address[block] ?? 0;
    let low = 0;
    let high = this.length;
    while (low < high) {
      const mid = (low + high) >> 1;
      const m = ids[mid] ?? 0;
      const s = size[m] ?? 0;
      if (s < bytes || (s === bytes && (address[m] ?? 0) < place)) low = mid + 1;
      else high = mid;
    }
    return low;
  }
}
