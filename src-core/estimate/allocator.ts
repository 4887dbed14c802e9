import type { AllocatorConf } from '../run/training-run.ts';
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
 * of free neighbours. Memory goes back to the driver only when more would pass `limit` units: all
 * segments that are wholly free do, or the free pages of expandable ones, then the request is tried
 * again.
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
  private readonly divisions: readonly number[];

  constructor(conf: AllocatorConf, limit = Number.POSITIVE_INFINITY) {
    this.expandable = conf.expandableSegments;
    this.divisions = conf.roundupDivisions;
    this.limit = limit;
  }

  /** A block of `asked` units or a little more. */
  malloc(asked: number): Block {
    const units = this.rounded(asked);
    const isSmall = units <= SMALL;
    const pool = isSmall ? this.smallPool : this.largePool;
    const block = this.bestFit(pool, units, isSmall);
    if (block === null) return this.fresh(units, isSmall);
    const near = pool.remove(block);
    block.free = false;
    const rest = block.units - units;
    if (isSmall || this.expandable ? rest > 0 : rest > SMALL)
      pool.insert(this.split(block, units), near);
    return block;
  }

  /** Units of the block that serves a request of `asked` that is freed at once. */
  flash(asked: number): number {
    const units = this.rounded(asked);
    const pool = units <= SMALL ? this.smallPool : this.largePool;
    const found = this.bestFit(pool, units, units <= SMALL);
    if (found === null) {
      const block = this.malloc(asked);
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
    if (before?.free && !block.apart) {
      near = pool.remove(before);
      this.join(before, block);
      joined = before;
    }
    if (after?.free && !after.apart) {
      near = pool.remove(after);
      this.join(joined, after);
    }
    joined.free = true;
    pool.insert(joined, near);
  }

  /**
   * A size rounded up to the next of so many steps between two powers of two, as `divisions` has them
   * for its interval: the first is that of sizes below 2 MiB.
   */
  private rounded(units: number): number {
    const { divisions } = this;
    if (divisions.length === 0) return units;
    const power = 31 - Math.clz32(units);
    const interval = Math.min(Math.max(power - Math.log2(MIB), 0), divisions.length - 1);
    const steps = divisions[interval] ?? 0;
    const floor = 2 ** power;
    if (steps <= 1 || units <= steps || units === floor) return units;
    const step = floor / steps;
    return Math.ceil(units / step) * step;
  }

  /** The free block that serves a request. The end of a growing segment counts as what it can grow to. */
  private bestFit(pool: FreeList, units: number, isSmall: boolean): Block | null {
    const block = pool.firstFit(units);
    if (block === null || block !== this.tail[isSmall ? 0 : 1]) return block;
    return pool.next(block) ?? block;
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
    if (this.reserved + all > this.limit) this.release();
    this.hold(all);
    const block = this.block(all, isSmall, this.nextAddress);
    this.nextAddress += all;
    return block;
  }

  /** Takes `units` from the driver. */
  private hold(units: number): void {
    this.reserved += units;
    this.most = Math.max(this.most, this.reserved);
    if (this.reserved > this.limit) this.fits = false;
  }

  /** Gives back what is free in whole. */
  private release(): void {
    for (const pool of [this.smallPool, this.largePool]) {
      for (const block of pool.downwards()) {
        if (this.expandable) this.unmap(block, pool);
        else if (block.before === null && block.after === null) {
          pool.remove(block);
          this.reserved -= block.units;
          this.giveUp(block);
        }
      }
    }
  }

  /** Gives back the pages that lie in a free block, which leaves a hole in the segment. */
  private unmap(block: Block, pool: FreeList): void {
    const slot = block.small ? 0 : 1;
    const page = block.small ? SMALL_SEGMENT : LARGE_SEGMENT;
    const { address, before, after } = block;
    const end = address + block.units;
    const from = Math.ceil(address / page) * page;
    const to = Math.floor(end / page) * page;
    if (to <= from) return;
    pool.remove(block);
    this.reserved -= to - from;
    const head = from > address ? block : before;
    const behind = end > to ? this.freeRest(block, to, end) : after;
    if (head !== null) head.after = behind;
    if (behind === null) this.tail[slot] = head;
    else {
      behind.before = head;
      behind.apart = head !== null;
    }
    if (head === block) {
      block.units = from - address;
      pool.insert(block);
    } else this.giveUp(block);
  }

  /** What is left of a free block from `from` to its end. */
  private freeRest({ small, after }: Block, from: number, end: number): Block {
    const rest = this.block(end - from, small, from);
    rest.free = true;
    rest.after = after;
    if (after !== null) after.before = rest;
    (small ? this.smallPool : this.largePool).insert(rest);
    return rest;
  }

  private grow(units: number, isSmall: boolean): Block {
    const slot = isSmall ? 0 : 1;
    if (this.reserved + this.missing(units, slot) > this.limit) this.release();
    const more = this.missing(units, slot);
    this.hold(more);
    const last = this.tail[slot];
    if (last?.free) {
      (last.small ? this.smallPool : this.largePool).remove(last);
      last.units += more;
      return last;
    }
    const block = this.block(more, isSmall, last === null ? 0 : last.address + last.units);
    if (last !== null) {
      last.after = block;
      block.before = last;
    }
    this.tail[slot] = block;
    return block;
  }

  /** What the growing segment of a pool lacks for a request of `units`, in whole pages. */
  private missing(units: number, slot: 0 | 1): number {
    const page = slot === 0 ? SMALL_SEGMENT : LARGE_SEGMENT;
    const last = this.tail[slot];
    return Math.ceil((units - (last?.free ? last.units : 0)) / page) * page;
  }

  private block(units: number, isSmall: boolean, address: number): Block {
    const block = this.another();
    block.units = units;
    block.small = isSmall;
    block.apart = false;
    block.before = null;
    block.after = null;
    block.address = address;
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
    behind.apart = false;
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
