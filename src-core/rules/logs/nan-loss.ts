import { share, shown, trained, where } from '../../logs/series.ts';
import type { LogEntry, LoggedRun } from '../../logs/training-log.ts';
import { say, word } from '../../text/message.ts';
import { defineLogRule, type LogReport } from '../rule.ts';

/** A training or evaluation loss of nan or inf. */
/** NaN or infinite losses, in training or evaluation. */
export const nanLoss = defineLogRule({
  id: 'nan-loss',
  severity: 'error',
  claim: 'measured',
  summary: 'logs a loss that is not a finite number',
  cites: [],
  *inspect({ runs }) {
    for (const run of runs) {
      const entries = trained(run).filter(({ loss }) => loss !== undefined);
      const first = entries.findIndex(isBad);
      const other = run.entries.find((entry) => entry.kind !== 'train' && isBad(entry));
      if (first >= 0) yield training(entries, first, run);
      else if (other?.loss !== undefined)
        yield {
          span: other.loss.span,
          message: say`the ${other.kind === 'eval' ? word('evaluation') : say`whole training`}'s loss is ${shown(other.loss.value)} at ${where(other, run.entries)}`,
          explainedBy: { group: 'numerics' },
        };
    }
  },
});

function isBad({ loss }: LogEntry): boolean {
  return loss !== undefined && !Number.isFinite(loss.value);
}

function training(entries: readonly LogEntry[], at: number, run: LoggedRun): LogReport {
  const entry = entries[at];
  const after = entries.slice(at);
  const back = after.find((one) => !isBad(one));
  const before = entries[at - 1];
  const bad = after.filter(isBad).length;
  const so = back === undefined ? '' : say`, a number again at ${where(back, entries)}`;
  const gradient = firstBadGradient(run, entry);
  return {
    span: entry?.loss?.span ?? run.entries[0]?.span ?? { start: 0, end: 0 },
    message: say`the loss is ${shown(entry?.loss?.value ?? Number.NaN)} at ${entry && where(entry, entries)}, ${share(bad, after.length)}${so}`,
    severity: back === undefined ? 'error' : 'warning',
    related: [
      ...(before?.loss === undefined
        ? []
        : [
            {
              span: before.loss.span,
              message: say`the last finite loss: ${shown(before.loss.value)}`,
            },
          ]),
      ...(gradient?.gradNorm === undefined
        ? []
        : [{ span: gradient.gradNorm.span, message: say`the gradient was the first to go` }]),
    ],
    explainedBy: { group: 'numerics' },
  };
}

/** The first gradient that is no number, when it comes before the entry. */
function firstBadGradient(run: LoggedRun, entry: LogEntry | undefined): LogEntry | undefined {
  const found = trained(run).find(
    ({ gradNorm }) => gradNorm !== undefined && !Number.isFinite(gradNorm.value),
  );
  const isBefore = found && entry && found.span.start < entry.span.start;
  return isBefore ? found : undefined;
}
