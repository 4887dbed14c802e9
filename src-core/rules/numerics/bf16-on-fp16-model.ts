import { known } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';
import { modelName } from './fixes.ts';

/** A checkpoint published in fp16, rounded to bf16 on load. */
export const bf16OnFp16Model = defineRule({
  id: 'bf16-on-fp16-model',
  group: 'numerics',
  severity: 'info',
  claim: 'arithmetic',
  fix: 'none',
  summary: 'loads in bf16 a checkpoint that was published in fp16',
  cites: [{ label: 'significant bits: fp16 11, bf16 8' }],
  *check(run) {
    const record = known(run.model)?.record;
    if (record?.dtype !== 'float16' || record.quantized !== undefined) return;
    if (run.loadDtype.value !== 'bfloat16') return;
    yield {
      at: run.loadDtype,
      message: say`${modelName(run)} was published in fp16: in bf16 its weights keep 8 of their 11 significant bits. That rarely harms training; outputs differ a little from the original's`,
      related: [{ at: run.model, message: say`its checkpoint is float16` }],
    };
  },
});
