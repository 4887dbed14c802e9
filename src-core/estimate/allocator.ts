import { Block, FreeList } from './free-list.ts';

/** Sizes are in units of torch's smallest block, 512 bytes. */
export const UNIT = 512;
const MIB = 2 ** 20 / UNIT;
/** Requests up to 1 MiB come from segments of 2 MiB. */
export const SMALL = MIB;
const SMALL_SEGMENT = 2 * MIB;
/** Requests below 10 MiB come from segments of 20 MiB; larger ones get their own, in steps of 2 MiB. */
const LARGE_SEGMENT = 20 * MIB;
const OWN_SEGMENT = 10 * MIB;
const STEP = 2 * MIB;

/**
 * torch's CUDA caching allocator (`c10/cuda/CUDACachingAllocator.cpp`): best fit, splitting, joining
 * of free neighbours. Segments go back to the driver only when a new one would pass `limit` units:
 * all that are wholly free do, then the request is tried again.
 */
export class Allocator {
  /** Units held from the driver, and the most that ever were. */
  reserved = 0;
  most = 0;
  fits = true;
  private readonly smallPool = new FreeList();
  private readonly largePool = new FreeList();
  /** The block that was joined away last; `higher` is the one before it. */
  private spare: Block | null = null;
  private nextAddress = 0;
  /** Last block of the one growing segment of each pool, when segments are expandable. */
  private readonly tail: [Block | null, Block | null] = [null, null];
  private readonly expandable: boolean;
  private readonly limit: number;

  constructor(expandable: boolean, limit = Number.POSITIVE_INFINITY) {
    this.expandable = expandable;
    this.limit = limit;
  }

  /** A block of `units` or a little more. */
  malloc(units: number): Block {
    const isSmall = units <= SMALL;
    const pool = isSmall ? this.smallPool : this.largePool;
    const block = pool.firstFit(units);
    if (block === null) return this.fresh(units, isSmall);
    const near = pool.remove(block);
    block.free = false;
    const rest = block.units - units;
    if (isSmall || this.expandable ? rest > 0 : rest > SMALL)
      pool.insert(this.split(block, units), near);
    return block;
  }

  /** Units of the block that serves a request of `units` that is freed at once. */
  flash(units: number): number {
    const pool = units <= SMALL ? this.smallPool : this.largePool;
    const found = pool.firstFit(units);
    if (found === null) {
      const block = this.malloc(units);
      const got = block.units;
      this.free(block);
      return got;
    }
    const whole = !this.expandable && units > SMALL && found.units - units <= SMALL;
    return whole ? found.units : units;
  }

  free(block: Block): void {
    const pool = block.small ? this.smallPool : this.largePool;
    const { before, after } = block;
    let near: ReturnType<FreeList['remove']> | undefined;
    let joined = block;
    if (before?.free) {
      near = pool.remove(before);
      this.join(before, block);
      joined = before;
    }
    if (after?.free) {
      near = pool.remove(after);
      this.join(joined, after);
    }
    joined.free = true;
    pool.insert(joined, near);
  }

  /** Serves a request from a new segment, or from more of the growing one. */
  private fresh(units: number, isSmall: boolean): Block {
    const block = this.expandable ? this.grow(units, isSmall) : this.segment(units, isSmall);
    block.free = false;
    const rest = block.units - units;
    if (isSmall || this.expandable ? rest > 0 : rest > SMALL)
      (isSmall ? this.smallPool : this.largePool).insert(this.split(block, units));
    return block;
  }

  private segment(units: number, isSmall: boolean): Block {
    const own = units < OWN_SEGMENT ? LARGE_SEGMENT : Math.ceil(units / STEP) * STEP;
    const all = isSmall ? SMALL_SEGMENT : own;
    this.hold(all);
    return this.block(all, isSmall);
  }

  /** Takes `units` from the driver, after giving wholly free segments back where it must. */
  private hold(units: number): void {
    if (this.reserved + units > this.limit) this.release();
    this.reserved += units;
    this.most = Math.max(this.most, this.reserved);
    if (this.reserved > this.limit) this.fits = false;
  }

  private release(): void {
    for (const pool of [this.smallPool, this.largePool]) {
      for (const block of pool.downwards()) {
        if (block.before !== null || block.after !== null) continue;
        pool.remove(block);
        this.reserved -= block.units;
        this.giveUp(block);
      }
    }
  }

  private grow(units: number, isSmall: boolean): Block {
    const slot = isSmall ? 0 : 1;
    const step = isSmall ? SMALL_SEGMENT : LARGE_SEGMENT;
    const last = this.tail[slot];
    const open = last?.free === true;
    const missing = units - (open ? last.units : 0);
    const more = Math.ceil(missing / step) * step;
    this.hold(more);
    if (open) {
      (last.small ? this.smallPool : this.largePool).remove(last);
      last.units += more;
      return last;
    }
    const block = this.block(more, isSmall);
    if (last !== null) {
      last.after = block;
      block.before = last;
    }
    this.tail[slot] = block;
    return block;
  }

  private block(units: number, isSmall: boolean): Block {
    const block = this.another();
    block.units = units;
    block.small = isSmall;
    block.before = null;
    block.after = null;
    block.address = this.nextAddress;
    this.nextAddress += units;
    return block;
  }

  private another(): Block {
    const block = this.spare;
    if (block === null) return new Block();
    this.spare = block.higher;
    return block;
  }

  private giveUp(block: Block): void {
    block.free = false;
    block.size = null;
    block.higher = this.spare;
    this.spare = block;
  }

  /** Cuts `block` to `units`; gives what was behind, which is free and in no list yet. */
  private split(block: Block, units: number): Block {
    const behind = this.another();
    const { after } = block;
    behind.units = block.units - units;
    behind.address = block.address + units;
    behind.small = block.small;
    behind.free = true;
    behind.before = block;
    behind.after = after;
    block.units = units;
    block.after = behind;
    if (after !== null) after.before = behind;
    if (this.expandable) this.extend(block, behind);
    return behind;
  }

  /** Adds `right` to the block before it. */
  private join(left: Block, right: Block): void {
    const { after } = right;
    left.units += right.units;
    left.after = after;
    if (after !== null) after.before = left;
    if (this.expandable) this.extend(right, left);
    this.giveUp(right);
  }

  /** Where `block` ended the growing segment, `end` does. */
  private extend(block: Block, end: Block): void {
    const slot = end.small ? 0 : 1;
    if (this.tail[slot] === block) this.tail[slot] = end;
  }
}
