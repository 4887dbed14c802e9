import type { AllocatorConf } from '../run/training-run.ts';
import { Allocator, UNIT } from './allocator.ts';
import type { Block } from './free-list.ts';
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

/** Plays a trace through torch's caching allocator, which holds at most `limit` bytes. */
export function replay(
  trace: Trace,
  conf: AllocatorConf,
  limit = Number.POSITIVE_INFINITY,
): Replay {
  const allocator = new Allocator(conf, limit / UNIT);
  const size = new Float64Array(trace.size.length);
  const blocks = new Array<Block | undefined>(trace.size.length);
  const { events } = trace;
  for (let e = 0; e < events.length; e++) {
    const event = events[e] ?? 0;
    if (event > 0) {
      const b = allocator.malloc((trace.size[event] ?? 0) / UNIT);
      blocks[event] = b;
      size[event] = b.units * UNIT;
    } else {
      const b = blocks[-event];
      if (b !== undefined) allocator.free(b);
    }
  }
  return { size, reserved: allocator.most * UNIT, fits: allocator.fits };
}
