import { cite } from '../../facts/citations.ts';
import { share, shown, trained, where } from '../../logs/series.ts';
import type { LogEntry } from '../../logs/training-log.ts';
import { say } from '../../text/message.ts';
import { defineLogRule, type LogReport } from '../rule.ts';

/** A loss below this that then reads 0 was rounded: the Trainer prints four digits. */
const NEARLY_LEARNT = 0.05;

/** A loss of exactly 0, which is often a NaN that the Trainer filtered out of its log. */
/** Losses of exactly 0, and what they mean by what stands beside them. */
export const zeroLoss = defineLogRule({
  id: 'zero-loss',
  severity: 'error',
  claim: 'framework',
  summary: 'logs a loss of exactly 0',
  cites: [cite.nanFilter],
  *inspect({ runs }) {
    for (const run of runs) {
      const entries = trained(run).filter(({ loss }) => loss !== undefined);
      const at = entries.findIndex((entry, i) => isDead(entry) || isZeroTwice(entries, i));
      if (at >= 0) yield report(entries, at);
    }
  },
});

const isZero = (entry: LogEntry | undefined): boolean => entry?.loss?.value === 0;

/** Zero, with a gradient that is no number. */
function isDead(entry: LogEntry): boolean {
  const { gradNorm } = entry;
  return isZero(entry) && gradNorm !== undefined && !Number.isFinite(gradNorm.value);
}

/** In preference training and reinforcement learning a loss may rightly be 0. */
function isZeroTwice(entries: readonly LogEntry[], at: number): boolean {
  return isZero(entries[at]) && isZero(entries[at + 1]) && entries[at]?.rewards === false;
}

function report(entries: readonly LogEntry[], at: number): LogReport {
  const entry = entries[at];
  const before = entries.slice(0, at).findLast((one) => Number.isFinite(one.loss?.value));
  const rest = entries.slice(at);
  const count = rest.filter(isZero).length;
  const from = say`the loss is exactly 0 at ${entry && where(entry, entries)} (${share(count, rest.length)})`;
  const related =
    before?.loss === undefined
      ? []
      : [{ span: before.loss.span, message: say`the loss before: ${shown(before.loss.value)}` }];
  const base = { span: entry?.loss?.span ?? { start: 0, end: 0 }, related };
  if (entry && isDead(entry))
    return {
      ...base,
      message: say`${from} and the gradient ${shown(entry.gradNorm?.value ?? Number.NaN)}: the Trainer leaves NaN losses out of what it prints, so 0 here means NaN`,
      explainedBy: { group: 'numerics' },
    };
  if (before?.loss !== undefined && before.loss.value < NEARLY_LEARNT)
    return {
      ...base,
      severity: 'info',
      message: say`${from}, after ${shown(before.loss.value)}: rounded to 0, the data are known by heart`,
    };
  return {
    ...base,
    severity: 'warning',
    message: say`${from}: NaN losses left out of what is printed, or no token with a label`,
    explainedBy: { group: 'numerics' },
  };
}
