import { cite } from '../../facts/citations.ts';
import { setField } from '../../run/fix-intent.ts';
import { known } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';

/** bitsandbytes on a card that its kernels do not know. */
export const quantizationUnsupportedGpu = defineRule({
  id: 'quantization-unsupported-gpu',
  group: 'hardware',
  severity: 'error',
  claim: 'framework',
  fix: 'suggestion',
  summary: 'quantises with bitsandbytes on a card too old for it',
  cites: [cite.bitsandbytesCards],
  *check(run) {
    const gpu = known(run.gpu);
    const quantization = known(run.quantization);
    if (gpu?.vendor !== 'NVIDIA' || quantization?.method !== 'bnb') return;
    const { bits } = quantization;
    if (bits === 8 ? gpu.bnb8bit : gpu.bnb4bit) return;
    const needs = bits === 8 ? '7.5' : '6.0';
    yield {
      at: run.quantization,
      message: say`bitsandbytes needs compute capability ${needs} for ${bits} bits; ${gpu.name} has ${gpu.computeCapability?.toFixed(1) ?? 'less'}`,
      fixes: [
        ...(bits === 8 && gpu.bnb4bit
          ? [
              {
                title: say`Quantise to 4 bits`,
                safety: 'suggestion' as const,
                changes: [setField('quantization', { method: 'bnb', bits: 4, type: 'nf4' })],
              },
            ]
          : []),
        {
          title: say`Do not quantise`,
          safety: 'suggestion',
          changes: [setField('quantization', null)],
        },
      ],
    };
  },
});
