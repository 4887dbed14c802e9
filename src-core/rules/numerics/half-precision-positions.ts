import { bf16, fp16 } from '../../probe/formats.ts';
import { known, writtenOrigin } from '../../run/sourced.ts';
import { formatCount } from '../../run/units.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';

/** Rotary frequencies cast to 16 bits. */
export const halfPrecisionPositions = defineRule({
  id: 'half-precision-positions',
  group: 'numerics',
  severity: 'warning',
  claim: 'measured',
  fix: 'unsafe',
  summary: 'casts the frequencies of rotary positions to 16 bits',
  cites: [
    {
      label: 'gpt-neox #1003: rotary embeddings in half precision',
      url: 'https://github.com/EleutherAI/gpt-neox/issues/1003',
    },
    {
      label: 'transformers #29285: rotary embeddings stay in fp32',
      url: 'https://github.com/huggingface/transformers/pull/29285',
    },
  ],
  *check(run) {
    const format = [bf16, fp16].find(({ dtype }) => dtype === run.bufferDtype.value);
    const at = writtenOrigin(run.bufferDtype);
    const length = known(run.maxLength);
    if (format === undefined || at === undefined) return;
    if (length !== undefined && length < format.firstLostInteger) return;
    yield {
      at: run.bufferDtype,
      message: say`buffers become ${format.name}, the frequencies of rotary positions among them: each keeps ${format.mantissaBits + 1} significant bits, so past position ${formatCount(format.firstLostInteger - 1)} angles are off by up to a radian`,
      fixes: [
        {
          title: say`Keep buffers in fp32`,
          safety: 'unsafe',
          changes: [{ kind: 'value', at, to: 'fp32' }],
        },
      ],
    };
  },
});
