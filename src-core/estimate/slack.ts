import { bytes } from '../run/units.ts';
import { isFsdp } from './engine.ts';
import type { Interval } from './result.ts';
import type { EstimateSpec } from './spec.ts';

/** Reserved by allocated bytes: what a run goes on in, and what it takes where there is plenty. */
interface Slack {
  readonly runs: number;
  readonly most: number;
}

/**
 * Buckets and gathered units come and go on streams of their own, whose free memory no other stream uses.
 * `runs` is where 40 runs under a limit still ran, `most` is the most of 120 without one (two H200).
 */
function slackOf({ parallel, adapter }: EstimateSpec): Slack | undefined {
  const { engine, zeroStage, offloadOptimizer, offloadParams } = parallel;
  // What was reserved while a model was divided stays when its parts have gone to the host.
  if (isFsdp(engine)) return { runs: 1.1, most: offloadParams ? 2.5 : 1.65 };
  if (engine !== 'deepspeed' || zeroStage === 0) return undefined;
  if (zeroStage === 3) return { runs: 1.1, most: 1.3 };
  if (adapter !== null) return { runs: 1.15, most: 1.35 };
  return { runs: 1.25, most: offloadOptimizer ? 1.75 : 1.6 };
}

/** What is reserved, where engines take more than `reserved`, which is played on one stream. */
export function reservedOf(allocated: Interval, reserved: Interval, spec: EstimateSpec): Interval {
  const slack = slackOf(spec);
  if (slack === undefined) return reserved;
  const times = (by: number) => bytes(Math.round(allocated.expected * by));
  return {
    low: allocated.low,
    expected: bytes(Math.max(reserved.expected, times(slack.runs))),
    high: bytes(Math.max(reserved.high, times(slack.most))),
  };
}
