import { cite } from '../../facts/citations.ts';
import { known } from '../../run/sourced.ts';
import type { TrainingRun } from '../../run/training-run.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';
import { switchToBf16 } from './fixes.ts';

/** ms-swift: float32 weights turn fp16 autocast on. */
export const float32MeansFp16 = defineRule({
  id: 'float32-means-fp16',
  group: 'numerics',
  severity: 'warning',
  claim: 'framework',
  fix: 'unsafe',
  summary: 'asks ms-swift for float32 and gets fp16 autocast',
  cites: [cite.swiftMixedPrecision],
  *check(run) {
    if (!meansFp16(run)) return;
    yield {
      at: run.options.get('torch_dtype'),
      message: say`ms-swift reads \`float32\` as fp16 mixed precision: weights take 4 bytes, products run in fp16. For fp32 throughout say \`--fp16 false --bf16 false\` as well`,
      fixes: [
        {
          title: say`Turn autocast off: train in fp32 throughout`,
          safety: 'unsafe',
          changes: [
            { kind: 'option', key: 'fp16', to: false },
            { kind: 'option', key: 'bf16', to: false },
          ],
        },
        ...switchToBf16(run),
      ],
    };
  },
});

/** Whether ms-swift turns fp16 autocast on because of `float32`. */
export function meansFp16(run: TrainingRun): boolean {
  if (run.framework !== 'swift' || known(run.options.text('torch_dtype')) !== 'float32')
    return false;
  return run.mixedPrecision.value === 'fp16' && !run.options.has('fp16');
}
