import { setField } from '../../run/fix-intent.ts';
import { isWritten } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';

/** fp16 with gradient clipping turned off. */
export const fp16WithoutClipping = defineRule({
  id: 'fp16-without-clipping',
  group: 'numerics',
  severity: 'warning',
  claim: 'framework',
  fix: 'unsafe',
  summary: 'trains in fp16 with gradient clipping turned off',
  cites: [{ label: 'transformers training_args.py: max_grad_norm is 1.0 unless set' }],
  *check(run) {
    if (run.mixedPrecision.value !== 'fp16' || run.maxGradNorm.value !== 0) return;
    if (!isWritten(run.maxGradNorm)) return;
    yield {
      at: run.maxGradNorm,
      message: say`gradient clipping is off. The scaler skips a step whose gradients overflow, but a step just below that goes through at full size`,
      related: [{ at: run.mixedPrecision, message: say`autocast in fp16` }],
      fixes: [{ title: say`Clip at 1.0`, safety: 'unsafe', changes: [setField('maxGradNorm', 1)] }],
    };
  },
});
