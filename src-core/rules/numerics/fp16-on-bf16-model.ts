import { known } from '../../run/sourced.ts';
import { defineRule } from '../rule.ts';
import { hasBf16, modelName, switchToBf16 } from './fixes.ts';
import { hasReportedScores } from './fp16-eager-attention.ts';
import { reportsOf } from './fp16-reported-failures.ts';

/** fp16 chosen for a checkpoint published in bf16, where nothing worse is known. */
export const fp16OnBf16Model = defineRule({
  id: 'fp16-on-bf16-model',
  group: 'numerics',
  severity: 'warning',
  claim: 'arithmetic',
  fix: 'unsafe',
  summary: 'computes in fp16 a model that was published in bf16',
  cites: [{ label: 'IEEE 754 binary16: largest finite value 65,504; bfloat16: 3.39e38' }],
  *check(run, { probe }) {
    if (run.computeDtype.value !== 'float16' || known(run.model)?.record?.dtype !== 'bfloat16')
      return;
    if (run.stage.value === 'grpo' || hasBf16(run) === false) return;
    if (hasReportedScores(run) || reportsOf(run) !== undefined) return;
    const verdict = probe();
    if (verdict?.verdict === 'overflow') return;
    const measured = verdict?.verdict === 'fine' || verdict?.verdict === 'near';
    yield {
      at: run.precision,
      message: `${modelName(run)} was published in bf16; fp16 shrinks its range from 3.4e38 to 65,504. ${
        measured
          ? 'Its published activations fit, fine-tuning can move them'
          : 'No activations are published for it, so whether they fit is not known'
      }. bf16 costs the same memory and time here`,
      severity: measured ? 'info' : 'warning',
      fixes: switchToBf16(run),
      related: [{ at: run.model, message: 'its checkpoint is bfloat16' }],
    };
  },
});
