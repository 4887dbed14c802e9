import { median, shown } from '../../logs/series.ts';
import type { LogEntry, LoggedRun } from '../../logs/training-log.ts';
import { say } from '../../text/message.ts';
import type { Span } from '../../text/span.ts';
import { defineLogRule } from '../rule.ts';

/** Points before and behind a change; fewer say nothing. */
const BEFORE = 16;
const AFTER = 8;
/** So many times slower is a drop, so many a grave one. */
const DROP = 2;
const GRAVE = 4;
/** Times are printed in whole seconds: shorter stretches are joined, seconds. */
const STRETCH = 10;

interface Point {
  readonly span: Span;
  readonly step: number | undefined;
  /** Seconds of a step, or of a thousand tokens. */
  readonly cost: number;
}

/** A run whose steps become slower and stay so. */
/** Speed that falls for the rest of the run. */
export const throughputDrop = defineLogRule({
  id: 'throughput-drop',
  severity: 'info',
  claim: 'measured',
  summary: 'becomes slower for good',
  cites: [],
  *inspect({ runs }) {
    for (const run of runs) {
      const points = pointsOf(run);
      const at = dropIn(points);
      const point = at === undefined ? undefined : points[at];
      if (at === undefined || point === undefined) continue;
      const before = costs(points.slice(Math.max(0, at - BEFORE), at));
      const times = costs(points.slice(at)) / before;
      const place = point.step === undefined ? say`from here on` : say`from step ${point.step} on`;
      yield {
        span: point.span,
        severity: times >= GRAVE ? 'warning' : 'info',
        message: say`${place} training is ${shown(times)} times slower than before, by the medians, and stays so`,
      };
    }
  },
});

const costs = (points: readonly Point[]): number => median(points.map(({ cost }) => cost));

/** Where the rest of the run begins to be slower; a single slow stretch is an evaluation or a save. */
function dropIn(points: readonly Point[]): number | undefined {
  for (let at = BEFORE; at + AFTER <= points.length; at++) {
    const before = costs(points.slice(at - BEFORE, at));
    const isSlow = (point: Point | undefined) => (point?.cost ?? 0) >= DROP * before;
    if (!isSlow(points[at]) || costs(points.slice(at, at + AFTER)) < DROP * before) continue;
    return costs(points.slice(at)) >= DROP * before ? at : undefined;
  }
  return undefined;
}

function pointsOf(run: LoggedRun): readonly Point[] {
  const direct = run.entries.flatMap((entry): Point[] => {
    const { step, secondsPerStep, tokensPerSecond, kind } = entry;
    const value = secondsPerStep ?? tokensPerSecond;
    if (value === undefined || kind !== 'train' || !(value.value > 0)) return [];
    const cost = secondsPerStep === undefined ? 1000 / value.value : value.value;
    return [{ span: value.span, step: step?.value, cost }];
  });
  return direct.length > 0 ? direct : timed(run.entries);
}

/** Seconds per step between entries; stretches with an evaluation in them are left out. */
function timed(entries: readonly LogEntry[]): readonly Point[] {
  const points: Point[] = [];
  let from: LogEntry | undefined;
  for (const entry of entries) {
    const { step, elapsed } = entry;
    if (entry.kind !== 'train' || step === undefined || elapsed === undefined) {
      if (entry.kind !== 'train') from = undefined;
      continue;
    }
    const seconds = elapsed.value - (from?.elapsed?.value ?? elapsed.value);
    const steps = step.value - (from?.step?.value ?? step.value);
    const isLong = seconds >= STRETCH && steps > 0;
    if (isLong) points.push({ span: elapsed.span, step: step.value, cost: seconds / steps });
    if (isLong || from === undefined || steps < 0 || seconds < 0) from = entry;
  }
  return points;
}
