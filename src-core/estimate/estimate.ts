import { type Bytes, bytes } from '../run/units.ts';
import { replay } from './replay.ts';
import type { ComponentShare, Estimate, Interval, TimelineSample, Widening } from './result.ts';
import { shard } from './sharding.ts';
import type { EstimateSpec } from './spec.ts';
import { closedForm } from './terms/closed-form.ts';
import { componentName, componentsAt, type Peak, phasePeaks, type Trace, trace } from './trace.ts';
import { assumptionsOf, widenings } from './widen.ts';

/** Half width of the interval when everything is inside the model. */
const ALLOCATED_BAND = 0.02;
const RESERVED_BAND = 0.06;

/** The memory that `spec` needs on one GPU: peak, where it happens, and how sure that is. */
export function estimate(spec: EstimateSpec): Estimate {
  const { whole, requested } = wholeOf(spec);
  const result = shard(whole, spec);
  const share = result.peakReserved.expected / Math.max(1, whole.peakReserved.expected);
  played.set(result, { requested, expandable: spec.platform.expandableSegments, share });
  return result;
}

/** What a limit is played against: the requests of one GPU, and the share that is left of them. */
interface Played {
  readonly requested: Trace;
  readonly expandable: boolean;
  readonly share: number;
}

/** The program behind each estimate, while the estimate is in use. */
const played = new WeakMap<Estimate, Played>();

/**
 * Whether the expected need of an estimate runs in `room` bytes: certain above what it reserves,
 * impossible below what it allocates; between them the allocator decides.
 */
export function fitsWithin(estimate: Estimate, room: number): boolean {
  const { peakAllocated, peakReserved } = estimate;
  if (room >= peakReserved.expected) return true;
  const behind = played.get(estimate);
  if (room < peakAllocated.expected || behind === undefined) return false;
  return replay(behind.requested, behind.expandable, room / behind.share).fits;
}

function wholeOf(spec: EstimateSpec): { readonly whole: Estimate; readonly requested: Trace } {
  const requested = trace(spec);
  const held = replay(requested, spec.platform.expandableSegments);
  const program: Trace = { ...requested, size: held.size };
  const peaks = phasePeaks(program);
  const timeline = timelineOf(program, peaks);
  const top = timeline.reduce((a, b) => (b.total > a.total ? b : a));
  const form = closedForm(spec);
  const widened = widenings(spec);
  const extra = Math.hypot(...widened.map((w) => w.by), 0);
  const context = bytes(spec.platform.contextBytes);
  const reserved = bytes(held.reserved);
  const peakReserved = around(reserved, RESERVED_BAND + extra);
  const whole: Estimate = {
    peakAllocated: around(top.total, ALLOCATED_BAND + extra),
    peakReserved,
    device: plus(peakReserved, context),
    context,
    components: top.components,
    peakPhase: top.phase,
    peakOp: top.op,
    timeline,
    closedForm: bytes(Math.round(form.peak)),
    totalParams: form.total,
    trainableParams: form.trainable,
    assumptions: assumptionsOf(spec),
    widened,
  };
  return { whole, requested };
}

function timelineOf(program: Trace, peaks: readonly Peak[]): readonly TimelineSample[] {
  const held = componentsAt(
    program,
    peaks.map((peak) => peak.event),
  );
  return peaks.map((p, i) => ({
    step: p.step,
    phase: p.phase,
    op: p.op,
    total: bytes(p.bytes),
    components: shares(held[i] ?? []),
  }));
}

function shares(held: ArrayLike<number>): readonly ComponentShare[] {
  return Array.from(held, (n, i) => ({ component: componentName(i), bytes: bytes(n) }))
    .filter((share) => share.bytes > 0)
    .sort((a, b) => b.bytes - a.bytes);
}

/** `b`, less and more by the given share. */
export function around(b: Bytes, by: number): Interval {
  return {
    low: bytes(Math.round(b / (1 + by))),
    expected: b,
    high: bytes(Math.round(b * (1 + by))),
  };
}

function plus(i: Interval, more: Bytes): Interval {
  return {
    low: bytes(i.low + more),
    expected: bytes(i.expected + more),
    high: bytes(i.high + more),
  };
}

export type { Widening };
