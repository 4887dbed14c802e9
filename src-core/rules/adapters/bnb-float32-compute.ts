import { cite } from '../../facts/citations.ts';
import { known } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { hasBf16 } from '../numerics/fixes.ts';
import { defineRule } from '../rule.ts';

/** 4-bit weights whose products run in fp32. */
export const bnbFloat32Compute = defineRule({
  id: 'bnb-float32-compute',
  group: 'adapters',
  severity: 'info',
  claim: 'framework',
  fix: 'unsafe',
  summary: 'multiplies 4-bit weights in fp32 while everything around is 16 bit',
  cites: [cite.bnbDefaults],
  *check(run) {
    const quantization = known(run.quantization);
    if (quantization?.method !== 'bnb' || quantization.bits !== 4) return;
    const amp = known(run.mixedPrecision);
    const half = amp === 'bf16' || amp === 'fp16' || run.loadDtype.value === 'bfloat16';
    if (quantization.computeDtype !== 'float32' || !half) return;
    const key = 'bnb_4bit_compute_dtype';
    const to = hasBf16(run) === false || amp === 'fp16' ? 'float16' : 'bfloat16';
    yield {
      at: run.options.has(key) ? run.options.get(key) : run.quantization,
      message: say`\`${key}\` is float32 ${
        run.options.has(key) ? '' : say`unless set `
      }here: 4-bit weights are unpacked to fp32 and multiplied there, at a fraction of the speed; bitsandbytes warns of it`,
      fixes: [
        {
          title: say`Compute in ${to}`,
          safety: 'unsafe',
          changes: [{ kind: 'option', key, to }],
        },
      ],
    };
  },
});
