import { type Bytes, bytes } from '../run/units.ts';
import { dataRanks, isFsdp } from './engine.ts';
import { plus, scale } from './interval.ts';
import { bytesOf } from './moments.ts';
import type { Component, Estimate, Interval, TimelineSample } from './result.ts';
import type { EstimateSpec } from './spec.ts';

/** What the trainer holds between two steps, its optimizer aside. */
export const MODEL: readonly Component[] = ['weights', 'adapters', 'reference model'];

/** `one` with the weights of frozen models, which are divided as those of the reference model are. */
export function withOtherModels(one: Estimate, spec: EstimateSpec, all: number): Estimate {
  return always(one, 'other models', scaled(one.peakAllocated, all * shareOf(spec)));
}

/** Of whole weights on one card; 0 where it is not known, or they wait on the host. */
function shareOf(spec: EstimateSpec): number {
  const { engine, zeroStage, offloadParams, tensor, pipeline, expert } = spec.parallel;
  if (offloadParams || tensor * pipeline * expert > 1) return 0;
  const divided = isFsdp(engine) || (engine === 'deepspeed' && zeroStage === 3);
  return divided ? 1 / dataRanks(spec) : 1;
}

/** `one` with `held` more at every moment. */
export function always(one: Estimate, component: Component, held: Interval): Estimate {
  if (held.expected === 0) return one;
  const with_ = (sample: TimelineSample) => beside(sample, component, held.expected);
  const peakReserved = added(one.peakReserved, held);
  return {
    ...one,
    timeline: one.timeline.map(with_),
    components: with_(peakOf(one)).components,
    peakAllocated: added(one.peakAllocated, held),
    peakReserved,
    device: plus(peakReserved, one.context),
  };
}

/** `b`, as certain as what lies in `of`. */
export function scaled(of: Interval, b: number): Interval {
  return scale(of, b / Math.max(1, of.expected));
}

/** The moment of the peak. */
export function peakOf(one: Estimate): TimelineSample {
  const { components, peakPhase: phase, peakOp: op, peakAllocated } = one;
  return { step: 1, phase, op, total: peakAllocated.expected, components };
}

/** What is left of a moment when only these components stay. */
export function only(sample: TimelineSample, names: readonly Component[]): TimelineSample {
  const components = sample.components.filter(({ component }) => names.includes(component));
  return { ...sample, components, total: sum(sample, names) };
}

/** Bytes of these components. */
export function sum({ components }: TimelineSample, names: readonly Component[]): Bytes {
  return bytes(names.reduce((all, name) => all + bytesOf(components, name), 0));
}

/** A moment with more of a component. */
export function beside(sample: TimelineSample, component: Component, more: Bytes): TimelineSample {
  const components = [...sample.components, { component, bytes: more }];
  return {
    ...sample,
    total: bytes(sample.total + more),
    components: components.sort((a, b) => b.bytes - a.bytes),
  };
}

/** Both together. */
export function added(a: Interval, b: Interval): Interval {
  return {
    low: bytes(a.low + b.low),
    expected: bytes(a.expected + b.expected),
    high: bytes(a.high + b.high),
  };
}

/** The higher of each end. */
export function higher(a: Interval, b: Interval): Interval {
  return {
    low: bytes(Math.max(a.low, b.low)),
    expected: bytes(Math.max(a.expected, b.expected)),
    high: bytes(Math.max(a.high, b.high)),
  };
}
