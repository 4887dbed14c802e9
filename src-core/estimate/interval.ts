import { type Bytes, bytes } from '../run/units.ts';
import type { Interval } from './result.ts';

/** `b`, less and more by the given share. */
export function around(b: Bytes, by: number): Interval {
  return {
    low: bytes(Math.round(b / (1 + by))),
    expected: b,
    high: bytes(Math.round(b * (1 + by))),
  };
}

/** Each end of the interval, and what is expected, times `by`. */
export function scale({ low, expected, high }: Interval, by: number): Interval {
  const times = (b: Bytes): Bytes => bytes(Math.round(b * by));
  return { low: times(low), expected: times(expected), high: times(high) };
}

/** The same, whose high end is at least that of `other`. */
export function upTo({ low, expected, high }: Interval, other: Interval): Interval {
  return { low, expected, high: bytes(Math.max(high, other.high)) };
}

/** The same on top of each. */
export function plus({ low, expected, high }: Interval, more: Bytes): Interval {
  return { low: bytes(low + more), expected: bytes(expected + more), high: bytes(high + more) };
}

/** The same, whose low end is at most `least`. */
export function downTo({ low, expected, high }: Interval, least: Bytes): Interval {
  return { low: bytes(Math.min(low, least)), expected, high };
}
