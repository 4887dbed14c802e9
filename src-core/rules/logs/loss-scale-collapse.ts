import { cite } from '../../facts/citations.ts';
import { shown } from '../../logs/series.ts';
import type { LogEntry, LoggedRun, SkippedStep } from '../../logs/training-log.ts';
import { type Message, say } from '../../text/message.ts';
import { defineLogRule, type LogReport } from '../rule.ts';

type Related = NonNullable<LogReport['related']>;

const NORMAL = say`A few skipped steps at the start are the search for a scale and normal; this is not`;

/** A loss scale that keeps halving: gradients overflow at every scale. */
/** Loss scales that fall to their minimum. */
export const lossScaleCollapse = defineLogRule({
  id: 'loss-scale-collapse',
  severity: 'error',
  claim: 'framework',
  summary: 'halves its loss scale down to the minimum',
  cites: [cite.dynamicLossScale],
  *inspect({ runs }) {
    for (const run of runs) {
      const report = stopped(run) ?? stuck(run) ?? fallen(run);
      if (report !== undefined) yield { ...report, explainedBy: { group: 'numerics' } };
    }
  },
});

/** DeepSpeed ends the run when gradients overflow at the minimum. */
function stopped({ atMinimum, skipped }: LoggedRun): LogReport | undefined {
  const [span] = atMinimum;
  if (span === undefined) return undefined;
  const said = skipped.length === 0 ? '' : say`, after ${skippedText(skipped)}`;
  return {
    span,
    message: say`gradients overflow even at the smallest loss scale, and DeepSpeed stopped the run${said}. ${NORMAL}`,
    related: begin(skipped),
  };
}

/** Steps that overflow at a scale of 1 or below: the gradients themselves are not finite. */
function stuck({ skipped }: LoggedRun): LogReport | undefined {
  const low = skipped.filter(({ from }) => from <= 1);
  const [first] = low;
  if (first === undefined) return undefined;
  return {
    span: first.span,
    severity: low.length > 1 ? 'error' : 'warning',
    message: say`gradients overflow at a loss scale of ${shown(first.from)} (${skippedText(skipped)}): they are not finite without any scale. ${NORMAL}`,
    related: begin(skipped, first),
  };
}

/** A scale that fell to 1 without an overflow there. */
function fallen({ skipped, entries }: LoggedRun): LogReport | undefined {
  const last = skipped.find(({ to }) => to <= 1) ?? fallenEntry(entries);
  if (last === undefined) return undefined;
  return {
    span: last.span,
    severity: 'warning',
    message: say`the loss scale fell to 1${skipped.length === 0 ? '' : say` (${skippedText(skipped)})`}. ${NORMAL}`,
    related: skipped.length === 0 ? [] : begin(skipped),
  };
}

/** Without fp16, frameworks log a scale of 1 from the start. */
function fallenEntry(entries: readonly LogEntry[]): LogEntry['lossScale'] {
  const scales = entries.flatMap(({ lossScale }) => (lossScale === undefined ? [] : [lossScale]));
  const high = scales.findIndex(({ value }) => value > 1);
  return high < 0 ? undefined : scales.slice(high).find(({ value }) => value <= 1);
}

function skippedText(skipped: readonly SkippedStep[]): Message {
  const steps = skipped.length === 1 ? '1 skipped step' : say`${skipped.length} skipped steps`;
  const top = Math.max(...skipped.map(({ from }) => from));
  return say`${steps}, the scale once ${shown(top)}`;
}

function begin(skipped: readonly SkippedStep[], but?: SkippedStep): Related {
  const [first] = skipped;
  return first === undefined || first === but
    ? []
    : [{ span: first.span, message: say`the first skipped step` }];
}
