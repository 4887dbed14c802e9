import { cite } from '../../facts/citations.ts';
import { known } from '../../run/sourced.ts';
import type { TrainingRun } from '../../run/training-run.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';
import { modelName, switchToBf16 } from './fixes.ts';

const REPORTED = new Set(['qwen2', 'qwen2_moe', 'deepseek_v3']);

/** GPTQ or AWQ weights of families whose fp16 kernels are reported to overflow. */
export const fp16QuantizedCheckpoint = defineRule({
  id: 'fp16-quantized-checkpoint',
  group: 'numerics',
  severity: 'warning',
  claim: 'reported',
  fix: 'unsafe',
  summary: 'computes in fp16 on GPTQ or AWQ weights of a family reported to overflow there',
  cites: [cite.gptqFp16, cite.awqFp16],
  *check(run, { probe }) {
    if (run.computeDtype.value !== 'float16' || probe()?.verdict === 'overflow') return;
    const format = packedAs(run);
    const type = known(run.model)?.record?.arch?.modelType;
    if (format === undefined || type === undefined || !REPORTED.has(type)) return;
    yield {
      at: run.precision,
      message: say`${format.toUpperCase()} kernels that multiply in fp16 were reported to overflow for Qwen2 and DeepSeek models ("!!!!" or NaN); ${modelName(run)} is such a checkpoint. Reports are of inference, none of fine-tuning`,
      related: [{ at: run.model, message: say`weights in ${format.toUpperCase()}` }],
      fixes: format === 'gptq' ? switchToBf16(run) : [],
    };
  },
});

function packedAs(run: TrainingRun): 'gptq' | 'awq' | undefined {
  const packed = known(run.model)?.record?.quantized ?? known(run.quantization)?.method;
  if (packed?.startsWith('gptq')) return 'gptq';
  return packed === 'awq' ? 'awq' : undefined;
}
