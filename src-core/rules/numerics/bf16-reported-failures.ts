import { cite } from '../../facts/citations.ts';
import { setField } from '../../run/fix-intent.ts';
import { known } from '../../run/sourced.ts';
import type { TrainingRun } from '../../run/training-run.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';
import { modelName } from './fixes.ts';

/** The counter-example: bf16 failed where fp16 worked. */
export const bf16ReportedFailures = defineRule({
  id: 'bf16-reported-failures',
  group: 'numerics',
  severity: 'info',
  claim: 'reported',
  fix: 'suggestion',
  summary: 'fine-tunes in bf16 a model of which failures in bf16 are reported',
  cites: [cite.baichuan2Bf16],
  *check(run) {
    if (run.computeDtype.value !== 'bfloat16' || !failedInBf16(run)) return;
    yield {
      at: run.precision,
      message: say`a user reports loss 0 and NaN for ${modelName(run)} in bf16 where fp16 worked; the cause is not known (it normalises its output head)`,
      fixes: [
        {
          title: say`Train in float16`,
          safety: 'suggestion',
          changes: [setField('precision', 'fp16')],
        },
      ],
    };
  },
});

/** Whether the model is one that failed in bf16 where fp16 worked. */
export function failedInBf16(run: TrainingRun): boolean {
  const model = known(run.model);
  return /baichuan2[-_]?13b/i.test(model?.record?.id ?? model?.text ?? '');
}
