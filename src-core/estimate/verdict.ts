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
  /** Why vLLM does not start: its weights exceed what it may take, or what trains leaves too little. */
  readonly start?: 'weights' | 'room';
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
  const start = startsNot(estimate, memoryBytes);
  if (start) return { kind: 'does-not-fit', severity: 'error', room, margin, start };
  if (peakAllocated.low > room) return { kind: 'does-not-fit', severity: 'error', room, margin };
  if (!runs) return { kind: 'unlikely', severity: 'warning', room, margin };
  if (peakReserved.high > room) return { kind: 'tight', severity: 'hint', room, margin };
  return { kind: 'fits', room, margin };
}

/**
 * vLLM stops at its start where its weights leave nothing of what it claims for a cache, or the card has less
 * free than it claims (vllm/v1/worker/utils.py, `request_memory`; 0.9.1 and newer).
 */
function startsNot({ start }: Estimate, memoryBytes: number): Verdict['start'] {
  if (start === undefined) return undefined;
  if (start.weights > start.claim) return 'weights';
  return start.held + start.claim > memoryBytes ? 'room' : undefined;
}
