import { FreeList } from './free-list.ts';
import type { Trace } from './trace.ts';

/** What the caching allocator makes of a trace. */
export interface Replay {
  /** By block id: bytes the allocator hands out, what `memory_allocated` counts. */
  readonly size: Float64Array;
  /** Most bytes it ever holds from the driver. */
  readonly reserved: number;
  /** Whether every request could be met within the limit. */
  readonly fits: boolean;
}

const MIB = 2 ** 20;
/** Requests up to 1 MiB come from segments of 2 MiB. */
const SMALL = MIB;
const SMALL_SEGMENT = 2 * MIB;
/** Requests below 10 MiB come from segments of 20 MiB; larger ones get their own, in steps of 2 MiB. */
const LARGE_SEGMENT = 20 * MIB;
const OWN_SEGMENT = 10 * MIB;
const STEP = 2 * MIB;
const SMALLEST = 512;

/**
 * Plays a trace through torch's CUDA caching allocator (`c10/cuda/CUDACachingAllocator.cpp`): best
 * fit, splitting, joining of free neighbours. Segments go back to the driver only when a new one would
 * pass `limit` bytes: all that are wholly free do, then the request is tried again.
 */
export function replay(
  trace: Trace,
  expandable: boolean,
  limit = Number.POSITIVE_INFINITY,
): Replay {
  const allocator = new Allocator(trace.events.length, limit);
  const size = new Float64Array(trace.size.length);
  const block = new Int32Array(trace.size.length);
  const { events } = trace;
  for (let e = 0; e < events.length; e++) {
    const event = events[e] ?? 0;
    if (event > 0) {
      const b = allocator.malloc(trace.size[event] ?? 0, expandable);
      block[event] = b;
      size[event] = allocator.sizeOf(b);
    } else if (event < 0) allocator.free(block[-event] ?? 0);
  }
  return { size, reserved: allocator.most, fits: allocator.fits };
}

/** Blocks in doubly linked order of address within their segment; free ones sorted by size. */
class Allocator {
  private reserved = 0;
  most = 0;
  fits = true;
  private readonly limit: number;
  private readonly size: Float64Array;
  private readonly address: Float64Array;
  private readonly before: Int32Array;
  private readonly after: Int32Array;
  /** 0 unused, 1 in use, 2 free in the small pool, 3 free in the large pool. */
  private readonly state: Uint8Array;
  private readonly small: Uint8Array;
  private readonly pools: readonly [FreeList, FreeList];
  /** Numbers of blocks that were joined away. */
  private readonly spare: number[] = [];
  private count = 1;
  private nextAddress = 0;
  /** Last block of the one growing segment of each pool, when segments are expandable. */
  private readonly tail: [number, number] = [0, 0];

  constructor(events: number, limit: number) {
    this.limit = limit;
    const n = events + 16;
    this.size = new Float64Array(n);
    this.address = new Float64Array(n);
    this.before = new Int32Array(n);
    this.after = new Int32Array(n);
    this.state = new Uint8Array(n);
    this.small = new Uint8Array(n);
    this.pools = [new FreeList(this.size, this.address), new FreeList(this.size, this.address)];
  }

  sizeOf(b: number): number {
    return this.size[b] ?? 0;
  }

  malloc(bytes: number, expandable: boolean): number {
    const isSmall = bytes <= SMALL;
    const pool = this.pools[isSmall ? 0 : 1];
    const at = pool.firstFit(bytes);
    const b = at < pool.length ? pool.removeAt(at) : this.fresh(bytes, isSmall, expandable);
    this.state[b] = 1;
    const rest = this.sizeOf(b) - bytes;
    const splits = isSmall || expandable ? rest >= SMALLEST : rest > SMALL;
    if (splits) this.split(b, bytes, isSmall);
    return b;
  }

  /** A new segment, or more of the growing one. */
  private fresh(bytes: number, isSmall: boolean, expandable: boolean): number {
    if (expandable) return this.grow(bytes, isSmall);
    const segment = isSmall
      ? SMALL_SEGMENT
      : bytes < OWN_SEGMENT
        ? LARGE_SEGMENT
        : Math.ceil(bytes / STEP) * STEP;
    this.hold(segment);
    return this.block(segment, isSmall);
  }

  /** Takes `bytes` from the driver, after giving wholly free segments back where it must. */
  private hold(bytes: number): void {
    if (this.reserved + bytes > this.limit) this.release();
    this.reserved += bytes;
    this.most = Math.max(this.most, this.reserved);
    if (this.reserved > this.limit) this.fits = false;
  }

  private release(): void {
    for (const pool of this.pools) {
      for (let i = pool.length - 1; i >= 0; i--) {
        const b = pool.at(i);
        if ((this.before[b] ?? 0) > 0 || (this.after[b] ?? 0) > 0) continue;
        pool.removeAt(i);
        this.state[b] = 0;
        this.reserved -= this.sizeOf(b);
        this.spare.push(b);
      }
    }
  }

  private grow(bytes: number, isSmall: boolean): number {
    const slot = isSmall ? 0 : 1;
    const unit = isSmall ? SMALL_SEGMENT : LARGE_SEGMENT;
    const last = this.tail[slot];
    const open = last > 0 && (this.state[last] ?? 0) > 1;
    const missing = bytes - (open ? this.sizeOf(last) : 0);
    const more = Math.ceil(missing / unit) * unit;
    this.hold(more);
    if (open) {
      this.take(last);
      this.size[last] = this.sizeOf(last) + more;
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

  private block(bytes: number, isSmall: boolean): number {
    const b = this.number();
    this.size[b] = bytes;
    this.small[b] = isSmall ? 1 : 0;
    this.before[b] = 0;
    this.after[b] = 0;
    this.address[b] = this.nextAddress;
    this.nextAddress += bytes;
    return b;
  }

  private number(): number {
    return this.spare.pop() ?? this.count++;
  }

  private split(b: number, bytes: number, isSmall: boolean): void {
    const rest = this.number();
    this.size[rest] = this.sizeOf(b) - bytes;
    this.size[b] = bytes;
    this.address[rest] = (this.address[b] ?? 0) + bytes;
    this.small[rest] = isSmall ? 1 : 0;
    const next = this.after[b] ?? 0;
    this.after[rest] = next;
    this.before[rest] = b;
    this.after[b] = rest;
    if (next > 0) this.before[next] = rest;
    const slot = isSmall ? 0 : 1;
    if (this.tail[slot] === b) this.tail[slot] = rest;
    this.give(rest);
  }

  free(b: number): void {
    if (b === 0) return;
    let joined = b;
    const prev = this.before[b] ?? 0;
    if (prev > 0 && (this.state[prev] ?? 0) > 1) {
      this.take(prev);
      joined = this.join(prev, b);
    }
    const next = this.after[joined] ?? 0;
    if (next > 0 && (this.state[next] ?? 0) > 1) {
      this.take(next);
      joined = this.join(joined, next);
    }
    this.give(joined);
  }

  private join(left: number, right: number): number {
    this.size[left] = this.sizeOf(left) + this.sizeOf(right);
    const next = this.after[right] ?? 0;
    this.after[left] = next;
    if (next > 0) this.before[next] = left;
    this.state[right] = 0;
    const slot = this.small[left] === 1 ? 0 : 1;
    if (this.tail[slot] === right) this.tail[slot] = left;
    this.spare.push(right);
    return left;
  }

  /** Puts `b` among the free blocks. */
  private give(b: number): void {
    const isSmall = this.small[b] === 1;
    this.state[b] = isSmall ? 2 : 3;
    this.pools[isSmall ? 0 : 1].insert(b);
  }

  /** Takes `b` from the free blocks. */
  private take(b: number): void {
    this.pools[this.small[b] === 1 ? 0 : 1].remove(b);
    this.state[b] = 1;
  }
}
