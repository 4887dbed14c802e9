import { cite } from '../../facts/citations.ts';
import { type Change, setField } from '../../run/fix-intent.ts';
import { isWritten } from '../../run/sourced.ts';
import type { TrainingRun } from '../../run/training-run.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';
import { hasBf16 } from './fixes.ts';

/** Both mixed precisions at once: the trainer refuses. */
export const fp16AndBf16 = defineRule({
  id: 'fp16-and-bf16',
  group: 'numerics',
  severity: 'error',
  claim: 'framework',
  fix: 'unsafe',
  summary: 'turns fp16 and bf16 on together',
  cites: [cite.atMostOne],
  *check(run) {
    if (run.fp16Flag.value !== true || run.bf16Flag.value !== true) return;
    const [at, other] = isWritten(run.fp16Flag)
      ? [run.fp16Flag, run.bf16Flag]
      : [run.bf16Flag, run.fp16Flag];
    const keep = hasBf16(run) === false ? 'fp16' : 'bf16';
    yield {
      at,
      message: say`fp16 and bf16 are both on: the trainer stops with "At most one of fp16 and bf16 can be True"`,
      related: [{ at: other, message: say`the other one` }],
      fixes: [{ title: say`Keep ${keep}`, safety: 'unsafe', changes: [keeping(run, keep)] }],
    };
  },
});

/** Takes the other flag out where it is written by itself, and leaves all else as it is. */
function keeping({ fp16Flag, bf16Flag }: TrainingRun, keep: 'fp16' | 'bf16'): Change {
  const { origin } = keep === 'bf16' ? fp16Flag : bf16Flag;
  return origin.kind === 'written' ? { kind: 'remove', at: origin } : setField('precision', keep);
}
