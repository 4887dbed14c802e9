import { type Bytes, bytes } from '../run/units.ts';
import { fitsWithin } from './estimate.ts';
import type { Estimate } from './result.ts';

/** Whether a run fits a card, and how sure that is. */
export interface Verdict {
  /**
   * `fits`: the high end fits. `tight`: the expected need fits, the high end does not.
   * `unlikely`: the expected need is over. `does-not-fit`: even the low end is over.
   */
  readonly kind: 'fits' | 'tight' | 'unlikely' | 'does-not-fit';
  /** What a finding about it weighs; none when it fits. */
  readonly severity?: 'error' | 'warning' | 'hint';
  /** Bytes the card has for the allocator: its total less the context. */
  readonly room: Bytes;
  /** Room less what the run holds there at most; negative when it does not run. */
  readonly margin: Bytes;
}

/**
 * Holds `estimate` against a card of `memoryBytes`. Low end over the card: error; expected over:
 * warning; high end over: hint. The low end is what is allocated; whether the expected need runs is
 * seen by playing it through an allocator that has no more than the room, and gives cached blocks
 * back before it fails; the high end is what it would reserve without a limit.
 */
export function verdict(estimate: Estimate, memoryBytes: number): Verdict {
  const room = bytes(Math.max(0, memoryBytes - estimate.context));
  const { peakAllocated, peakReserved } = estimate;
  const runs = fitsWithin(estimate, room);
  const held = runs ? Math.min(peakReserved.expected, room) : peakReserved.expected;
  const margin = bytes(room - held);
  if (peakAllocated.low > room) return { kind: 'does-not-fit', severity: 'error', room, margin };
  if (!runs) return { kind: 'unlikely', severity: 'warning', room, margin };
  if (peakReserved.high > room) return { kind: 'tight', severity: 'hint', room, margin };
  return { kind: 'fits', room, margin };
}
