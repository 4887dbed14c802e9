import { type Bytes, bytes } from '../run/units.ts';
import type { Estimate } from './result.ts';

/** A part of what the device shows as used. */
export interface Share {
  readonly name: string;
  readonly bytes: Bytes;
}

/**
 * Everything that nvidia-smi would count at the peak, summing to `device.expected`: the components,
 * what the allocator keeps beyond them, and the CUDA context. Parts of nothing are left out.
 */
export function deviceShares(estimate: Estimate): readonly Share[] {
  const { components, peakAllocated, peakReserved, context } = estimate;
  const kept = bytes(peakReserved.expected - peakAllocated.expected);
  return [
    ...components.map((share) => ({ name: share.component, bytes: share.bytes })),
    { name: 'held by allocator', bytes: kept },
    { name: 'CUDA context', bytes: context },
  ].filter((share) => share.bytes > 0);
}
