import { type Bytes, bytes } from '../run/units.ts';
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
  /** Room less what is expected; negative when over. */
  readonly margin: Bytes;
}

/**
 * Holds `estimate` against a card of `memoryBytes`. Low end over the card: error; expected over:
 * warning; high end over: hint. The low end is what is allocated (the allocator gives its cached
 * blocks back before it fails); expected and high end are what it reserves.
 */
export function verdict(estimate: Estimate, memoryBytes: number): Verdict {
  const room = bytes(Math.max(0, memoryBytes - estimate.context));
  const { peakAllocated, peakReserved } = estimate;
  const needed = bytes(
    Math.min(peakReserved.expected, Math.round(peakAllocated.expected * FRAGMENTED)),
  );
  const margin = bytes(room - needed);
  if (peakAllocated.low > room) return { kind: 'does-not-fit', severity: 'error', room, margin };
  if (needed > room) return { kind: 'unlikely', severity: 'warning', room, margin };
  if (peakReserved.high > room) return { kind: 'tight', severity: 'hint', room, margin };
  return { kind: 'fits', room, margin };
}

/** A run needs its allocated peak and some percent: blocks that lie between others in use. */
const FRAGMENTED = 1.03;
