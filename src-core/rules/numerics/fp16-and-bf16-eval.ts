import { cite } from '../../facts/citations.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';

/** Both evaluation dtypes at once: the trainer refuses. */
export const fp16AndBf16Eval = defineRule({
  id: 'fp16-and-bf16-eval',
  group: 'numerics',
  severity: 'error',
  claim: 'framework',
  fix: 'unsafe',
  summary: 'evaluates in fp16 and in bf16 at once',
  cites: [cite.atMostOne],
  *check({ options }) {
    const fp16 = options.bool('fp16_full_eval');
    const bf16 = options.bool('bf16_full_eval');
    if (fp16.value !== true || bf16.value !== true) return;
    yield {
      at: fp16,
      message: say`fp16_full_eval and bf16_full_eval are both on: the trainer stops with "At most one of fp16 and bf16 can be True for full eval"`,
      related: [{ at: bf16, message: say`the other one` }],
      fixes: [
        {
          title: say`Evaluate in bf16`,
          safety: 'unsafe',
          changes: [{ kind: 'option', key: 'fp16_full_eval', to: null }],
        },
        {
          title: say`Evaluate in fp16`,
          safety: 'suggestion',
          changes: [{ kind: 'option', key: 'bf16_full_eval', to: null }],
        },
      ],
    };
  },
});
