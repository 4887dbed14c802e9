import { FreeList } from './free-list.ts';

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
/** Addresses up to this many units are held in 32 bit, which costs less than numbers with a point. */
const NARROW = 2 ** 31 - 1;

/** Blocks that most programs get by with. */
const FEW = 4096;

type Numbers = Int32Array | Float64Array;

/**
 * torch's CUDA caching allocator (`c10/cuda/CUDACachingAllocator.cpp`): best fit, splitting, joining
 * of free neighbours. Blocks are in doubly linked order of address within their segment; free ones
 * are sorted by size. Segments go back to the driver only when a new one would pass `limit` units:
 * all that are wholly free do, then the request is tried again.
 */
export class Allocator {
  /** Units held from the driver, and the most that ever were. */
  reserved = 0;
  most = 0;
  fits = true;
  /** By number of block; 0 is none. */
  size: Numbers = new Int32Array(FEW);
  address: Numbers = new Int32Array(FEW);
  /** For its free lists. */
  spot = new Int32Array(FEW);
  private before = new Int32Array(FEW);
  private after = new Int32Array(FEW);
  /** 0 unused, 1 in use, 2 free in the small pool, 3 free in the large pool. */
  private state = new Uint8Array(FEW);
  private small = new Uint8Array(FEW);
  private readonly smallPool = new FreeList(this);
  private readonly largePool = new FreeList(this);
  /** The number that was given up last; its `spot` is the one given up before it. */
  private spare = 0;
  private count = 1;
  private nextAddress = 0;
  /** Last block of the one growing segment of each pool, when segments are expandable. */
  private readonly tail: [number, number] = [0, 0];
  private readonly expandable: boolean;
  private readonly limit: number;

  constructor(expandable: boolean, limit = Number.POSITIVE_INFINITY) {
    this.expandable = expandable;
    this.limit = limit;
  }

  /** The number of a block of `units` or a little more. */
  malloc(units: number): number {
    const isSmall = units <= SMALL;
    const pool = isSmall ? this.smallPool : this.largePool;
    const at = pool.firstFit(units);
    if (at === pool.length) return this.fresh(units, isSmall);
    const b = pool.at(at);
    this.state[b] = 1;
    const rest = (this.size[b] ?? 0) - units;
    if (isSmall || this.expandable ? rest > 0 : rest > SMALL) {
      const behind = this.number();
      pool.shrink(at, behind, rest, (this.address[b] ?? 0) + units);
      this.split(b, behind, units, rest, isSmall);
    } else pool.removeAt(at);
    return b;
  }

  /** Units of the block that serves a request of `units` that is freed at once. */
  flash(units: number): number {
    const pool = units <= SMALL ? this.smallPool : this.largePool;
    const at = pool.firstFit(units);
    if (at < pool.length) {
      const found = this.size[pool.at(at)] ?? 0;
      return !this.expandable && units > SMALL && found - units <= SMALL ? found : units;
    }
    const b = this.malloc(units);
    const found = this.size[b] ?? 0;
    this.free(b);
    return found;
  }

  free(b: number): void {
    if (b === 0) return;
    const { state } = this;
    const isSmall = this.small[b] === 1;
    const pool = isSmall ? this.smallPool : this.largePool;
    const prev = this.before[b] ?? 0;
    const next = this.after[b] ?? 0;
    const joinsNext = next > 0 && (state[next] ?? 0) > 1;
    let units = this.size[b] ?? 0;
    if (joinsNext) units += this.size[next] ?? 0;
    if (prev > 0 && (state[prev] ?? 0) > 1) {
      units += this.size[prev] ?? 0;
      if (joinsNext) pool.removeAt(pool.indexOf(next));
      pool.swell(pool.indexOf(prev), prev, units, this.address[prev] ?? 0);
      this.join(prev, b);
      if (joinsNext) this.join(prev, next);
      return;
    }
    state[b] = isSmall ? 2 : 3;
    if (joinsNext) {
      pool.swell(pool.indexOf(next), b, units, this.address[b] ?? 0);
      this.join(b, next);
    } else pool.insert(b);
  }

  /** Serves a request from a new segment, or from more of the growing one. */
  private fresh(units: number, isSmall: boolean): number {
    const b = this.expandable ? this.grow(units, isSmall) : this.segment(units, isSmall);
    this.state[b] = 1;
    const rest = (this.size[b] ?? 0) - units;
    if (isSmall || this.expandable ? rest > 0 : rest > SMALL) {
      const behind = this.number();
      this.split(b, behind, units, rest, isSmall);
      (isSmall ? this.smallPool : this.largePool).insert(behind);
    }
    return b;
  }

  private segment(units: number, isSmall: boolean): number {
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
    const far = Math.max(this.reserved, this.nextAddress + units);
    if (far > NARROW && this.size instanceof Int32Array) {
      this.size = Float64Array.from(this.size);
      this.address = Float64Array.from(this.address);
    }
  }

  private release(): void {
    for (const pool of [this.smallPool, this.largePool]) {
      for (let i = pool.length - 1; i >= 0; i--) {
        const b = pool.at(i);
        if ((this.before[b] ?? 0) > 0 || (this.after[b] ?? 0) > 0) continue;
        pool.removeAt(i);
        this.state[b] = 0;
        this.reserved -= this.size[b] ?? 0;
        this.spot[b] = this.spare;
        this.spare = b;
      }
    }
  }

  private grow(units: number, isSmall: boolean): number {
    const slot = isSmall ? 0 : 1;
    const step = isSmall ? SMALL_SEGMENT : LARGE_SEGMENT;
    const last = this.tail[slot];
    const open = last > 0 && (this.state[last] ?? 0) > 1;
    const missing = units - (open ? (this.size[last] ?? 0) : 0);
    const more = Math.ceil(missing / step) * step;
    this.hold(more);
    if (open) {
      const pool = this.small[last] === 1 ? this.smallPool : this.largePool;
      pool.removeAt(pool.indexOf(last));
      this.size[last] = (this.size[last] ?? 0) + more;
      return last;
    }
    const b = this.block(more, isSmall);
    if (last > 0) {
      this.after[last] = b;
      this.before[b] = last;
    }
    this.tail[slot] = b;
    return b;
  }

  private block(units: number, isSmall: boolean): number {
    const b = this.number();
    this.size[b] = units;
    this.small[b] = isSmall ? 1 : 0;
    this.before[b] = 0;
    this.after[b] = 0;
    this.address[b] = this.nextAddress;
    this.nextAddress += units;
    return b;
  }

  private number(): number {
    const b = this.spare;
    if (b > 0) {
      this.spare = this.spot[b] ?? 0;
      return b;
    }
    if (this.count === this.state.length) this.widen();
    return this.count++;
  }

  private widen(): void {
    const n = this.count * 2;
    const wider = this.size instanceof Int32Array ? Int32Array : Float64Array;
    this.size = copied(this.size, new wider(n));
    this.address = copied(this.address, new wider(n));
    this.spot = copied(this.spot, new Int32Array(n));
    this.before = copied(this.before, new Int32Array(n));
    this.after = copied(this.after, new Int32Array(n));
    this.state = copied(this.state, new Uint8Array(n));
    this.small = copied(this.small, new Uint8Array(n));
  }

  /** Cuts `b` to `units`; the `rest` is the free block `behind`. */
  private split(b: number, behind: number, units: number, rest: number, isSmall: boolean): void {
    this.size[behind] = rest;
    this.size[b] = units;
    this.address[behind] = (this.address[b] ?? 0) + units;
    this.small[behind] = isSmall ? 1 : 0;
    this.state[behind] = isSmall ? 2 : 3;
    const next = this.after[b] ?? 0;
    this.after[behind] = next;
    this.before[behind] = b;
    this.after[b] = behind;
    if (next > 0) this.before[next] = behind;
    const slot = isSmall ? 0 : 1;
    if (this.tail[slot] === b) this.tail[slot] = behind;
  }

  /** Adds `right` to the block before it. */
  private join(left: number, right: number): void {
    this.size[left] = (this.size[left] ?? 0) + (this.size[right] ?? 0);
    const next = this.after[right] ?? 0;
    this.after[left] = next;
    if (next > 0) this.before[next] = left;
    this.state[right] = 0;
    const slot = this.small[left] === 1 ? 0 : 1;
    if (this.tail[slot] === right) this.tail[slot] = left;
    this.spot[right] = this.spare;
    this.spare = right;
  }
}

function copied<T extends Numbers | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
