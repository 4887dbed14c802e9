import { median, shown, trained, where } from '../../logs/series.ts';
import type { LogEntry } from '../../logs/training-log.ts';
import { say } from '../../text/message.ts';
import { defineLogRule } from '../rule.ts';

/** The median of this many entries before; a verdict needs half of them. */
const WINDOW = 32;
/** So many times the median, and so many times the usual distance from it. */
const TIMES = 10;
const DEVIATIONS = 20;
/** Entries behind a spike that say whether it did harm. */
const AFTER = 8;
const HARM = 1.5;

interface Spike {
  readonly at: number;
  readonly value: number;
  readonly usual: number;
}

/** One gradient norm far above those around it. */
/** Gradients far above their running median. */
export const gradNormSpike = defineLogRule({
  id: 'grad-norm-spike',
  severity: 'info',
  claim: 'measured',
  summary: 'logs a gradient many times its usual size',
  cites: [],
  *inspect({ runs }) {
    for (const run of runs) {
      const entries = trained(run).filter(({ gradNorm }) => Number.isFinite(gradNorm?.value));
      const spikes = spikesOf(entries);
      const [first] = spikes;
      const entry = first && entries[first.at];
      if (first === undefined || entry?.gradNorm === undefined) continue;
      const largest = spikes.reduce((a, b) => (b.value > a.value ? b : a));
      const isHarmful = harms(entries, first.at);
      const top = entries[largest.at];
      yield {
        span: entry.gradNorm.span,
        severity: isHarmful ? 'warning' : 'info',
        message: say`grad_norm ${shown(first.value)} at ${where(entry, entries)} is ${shown(first.value / first.usual)} times the median before it (${shown(first.usual)})${
          isHarmful ? '; the loss is higher after it' : ''
        }${spikes.length > 1 ? say`; ${spikes.length} such spikes in all` : ''}`,
        related:
          largest === first || top?.gradNorm === undefined
            ? []
            : [{ span: top.gradNorm.span, message: say`the largest: ${shown(largest.value)}` }],
      };
    }
  },
});

function spikesOf(entries: readonly LogEntry[]): readonly Spike[] {
  const norms = entries.map(({ gradNorm }) => gradNorm?.value ?? Number.NaN);
  return norms.flatMap((value, at): Spike[] => {
    const before = norms.slice(Math.max(0, at - WINDOW), at);
    if (before.length < WINDOW / 2) return [];
    const usual = median(before);
    if (!(usual > 0 && value > TIMES * usual)) return [];
    const spread = median(before.map((one) => Math.abs(one - usual)));
    return value > usual + DEVIATIONS * spread ? [{ at, value, usual }] : [];
  });
}

/** Whether the losses behind are clearly higher than those in front. */
function harms(entries: readonly LogEntry[], at: number): boolean {
  const losses = (part: readonly LogEntry[]) =>
    part.flatMap(({ loss }) => (loss === undefined ? [] : [loss.value]));
  const after = losses(entries.slice(at + 1, at + 1 + AFTER));
  const before = losses(entries.slice(Math.max(0, at - WINDOW), at));
  return after.length === AFTER && median(after) > HARM * median(before);
}
