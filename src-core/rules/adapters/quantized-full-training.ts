import { cite } from '../../facts/citations.ts';
import { setField } from '../../run/fix-intent.ts';
import { known } from '../../run/sourced.ts';
import { say, word } from '../../text/message.ts';
import { defineRule } from '../rule.ts';

/** Quantised weights do not train: an adapter must. */
export const quantizedFullTraining = defineRule({
  id: 'quantized-full-training',
  group: 'adapters',
  severity: 'error',
  claim: 'framework',
  fix: 'suggestion',
  summary: 'trains all weights of a quantised model',
  cites: [cite.purelyQuantized, cite.qlora],
  *check(run) {
    const quantization = known(run.quantization);
    if (quantization === undefined || quantization === null) return;
    // transformers unpacks MXFP4 by itself where the kernels for it are missing.
    if (quantization.method === 'mxfp4') return;
    const method = known(run.method);
    if (method !== 'full' && method !== 'freeze') return;
    yield {
      at: run.quantization,
      // TRL's own command loads such a model; the Trainer beneath it refuses later.
      ...(run.framework === 'trl' ? { severity: 'warning' as const } : {}),
      message: say`${quantization.bits}-bit weights are frozen: ${word(
        method === 'full' ? 'full' : 'freeze',
      )} fine-tuning of them is refused. Train an adapter on top (QLoRA), or do not quantise`,
      related: [{ at: run.method, message: say`asks for the weights themselves to train` }],
      fixes: [
        {
          title: say`Train a LoRA adapter (QLoRA)`,
          safety: 'suggestion',
          changes: [setField('method', 'lora')],
        },
        {
          title: say`Do not quantise`,
          safety: 'suggestion',
          changes: [setField('quantization', null)],
        },
      ],
    };
  },
});
