import { cite } from '../../facts/citations.ts';
import { shown, trained, where } from '../../logs/series.ts';
import type { LogEntry, LoggedRun } from '../../logs/training-log.ts';
import { say } from '../../text/message.ts';
import { defineLogRule } from '../rule.ts';

/** The scaler halves 65,536 to below 1 in 17 steps: whoever skips more has no range left. */
const STEPS = 20;
const ENTRIES = 3;

/** Gradient norms that stay nan or inf: steps are skipped, or weights are already broken. */
/** Gradients that stay NaN or infinite while the loss is a number. */
export const nanGradNorm = defineLogRule({
  id: 'nan-grad-norm',
  severity: 'warning',
  claim: 'arithmetic',
  summary: 'logs gradients that are not numbers for longer than a loss scaler needs',
  cites: [cite.gradScaler],
  *inspect({ runs }) {
    for (const run of runs) {
      const streak = longest(run);
      const [first] = streak;
      if (first?.gradNorm === undefined || stepsOf(streak) < STEPS) continue;
      yield {
        span: first.gradNorm.span,
        message: say`grad_norm is ${shown(first.gradNorm.value)} from ${where(first, trained(run))} on, in ${streak.length} entries over ${stepsOf(streak)} steps: no step is taken meanwhile. A few such steps at the start of fp16 training are normal, these are too many`,
        explainedBy: { group: 'numerics' },
      };
    }
  },
});

/** The longest row of bad gradients beside losses that are numbers and not 0. */
function longest(run: LoggedRun): readonly LogEntry[] {
  let best: LogEntry[] = [];
  let row: LogEntry[] = [];
  for (const entry of trained(run)) {
    if (entry.gradNorm === undefined) continue;
    const { loss, gradNorm } = entry;
    const isBad = !Number.isFinite(gradNorm.value);
    if (isBad && Number.isFinite(loss?.value ?? 1) && loss?.value !== 0) row.push(entry);
    else row = [];
    if (row.length > best.length) best = row;
  }
  return best.length < ENTRIES ? [] : best;
}

function stepsOf(streak: readonly LogEntry[]): number {
  const first = streak[0]?.step?.value;
  const last = streak.at(-1)?.step?.value;
  return first === undefined || last === undefined ? streak.length : last - first + 1;
}
