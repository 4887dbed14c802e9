/** A piece of a segment. Sizes and addresses are in units of the allocator. */
export class Block {
  units = 0;
  address = 0;
  free = false;
  small = false;
  /** There is a hole between it and the block before. */
  apart = false;
  /** Its neighbours in the segment. */
  before: Block | null = null;
  after: Block | null = null;
  /** Its size when it was last free, and while it is free the blocks of that size beside it. */
  size: Size | null = null;
  lower: Block | null = null;
  higher: Block | null = null;
}

/** The free blocks of one size, in order of address. */
class Size {
  readonly units: number;
  first: Block | null = null;
  last: Block | null = null;
  smaller: Size = this;
  larger: Size = this;
  /** Stands among the others: while there are blocks of it, and for good when requests are of it. */
  linked = false;
  asked = false;
  constructor(units: number) {
    this.units = units;
  }
}

const RECENT = 511;

/**
 * Free blocks in order of size, then address: the order in which best fit looks at them. Few sizes
 * occur, again and again, so those are linked, and each its blocks.
 */
export class FreeList {
  private readonly bySize = new Map<number, Size>();
  /** The size that was asked for last, by a few bits of its units: a look-up is one comparison. */
  private readonly recent = new Array<Size | undefined>(RECENT + 1).fill(undefined);
  private readonly least = new Size(-1);
  private readonly most = new Size(Number.POSITIVE_INFINITY);

  constructor() {
    this.least.larger = this.most;
    this.most.smaller = this.least;
  }

  /** The smallest block of at least `units`, the lowest address first. */
  firstFit(units: number): Block | null {
    let size = this.sizeOf(units);
    if (!size.linked) this.link(size, this.least);
    size.asked = true;
    while (size.first === null && size !== this.most) size = size.larger;
    return size.first;
  }

  /** The free block behind `block` in the order. */
  next(block: Block): Block | null {
    if (block.higher !== null || block.size === null) return block.higher;
    let size = block.size.larger;
    while (size.first === null && size !== this.most) size = size.larger;
    return size.first;
  }

  /** Puts `block` in its order; `near` is a size to look from, if its own is new. */
  insert(block: Block, near: Size = this.least): void {
    const { units, address } = block;
    const size = block.size?.units === units ? block.size : this.sizeOf(units);
    if (!size.linked) this.link(size, near);
    block.size = size;
    let higher = size.first;
    let lower = size.last;
    if (lower !== null && lower.address < address) higher = null;
    else {
      while (higher !== null && higher.address < address) higher = higher.higher;
      lower = higher === null ? size.last : higher.lower;
    }
    block.lower = lower;
    block.higher = higher;
    if (lower === null) size.first = block;
    else lower.higher = block;
    if (higher === null) size.last = block;
    else higher.lower = block;
  }

  /** Takes `block` out; gives a size that is about its own. */
  remove(block: Block): Size {
    const { size, lower, higher } = block;
    if (size === null) return this.least;
    if (lower === null) size.first = higher;
    else lower.higher = higher;
    if (higher === null) size.last = lower;
    else higher.lower = lower;
    if (size.first !== null || size.asked) return size;
    size.linked = false;
    size.smaller.larger = size.larger;
    size.larger.smaller = size.smaller;
    return size.smaller;
  }

  /** All blocks, the largest first. */
  downwards(): readonly Block[] {
    const all: Block[] = [];
    for (let size = this.most.smaller; size !== this.least; size = size.smaller)
      for (let block = size.last; block !== null; block = block.lower) all.push(block);
    return all;
  }

  private sizeOf(units: number): Size {
    const slot = (units ^ (units >>> 9)) & RECENT;
    const known = this.recent[slot];
    if (known !== undefined && known.units === units) return known;
    let size = this.bySize.get(units);
    if (size === undefined) {
      size = new Size(units);
      this.bySize.set(units, size);
    }
    this.recent[slot] = size;
    return size;
  }

  /** Puts `size` among the others, looking from `near`. */
  private link(size: Size, near: Size): void {
    const { units } = size;
    let larger = near;
    while (larger.units < units) larger = larger.larger;
    while (larger.smaller.units > units) larger = larger.smaller;
    size.larger = larger;
    size.smaller = larger.smaller;
    size.smaller.larger = size;
    larger.smaller = size;
    size.linked = true;
  }
}
