import type { Adapter } from '../framework.ts';
import { lowerOpenRlhf } from './lower.ts';
import { recognizeOpenRlhf } from './recognize.ts';

/** OpenRLHF: `python -m openrlhf.cli.train_sft --actor.model_name_or_path ...`. */
export const openrlhf: Adapter = {
  id: 'openrlhf',
  title: 'OpenRLHF',
  version: '0.11.0',
  evidence: [/\bopenrlhf[./]cli[./]/],
  recognize: recognizeOpenRlhf,
  lower: lowerOpenRlhf,
  fields: {
    maxLength: 'data.max_len',
    microBatch: 'train.micro_batch_size',
    learningRate: 'adam.lr',
    weightDecay: 'adam.weight_decay',
    gradientCheckpointing: 'actor.gradient_checkpointing_enable',
    'parallel.zeroStage': 'ds.zero_stage',
  },
  spell(field, to, o) {
    // Old flags and new ones do not go together, and packed weights are computed with in bf16 alone.
    const bound =
      o.has('ds.load_in_4bit') || o.entries.some(({ entry }) => !entry.key.includes('.'));
    if (field !== 'precision' || bound) return undefined;
    return to === 'bf16' || to === 'fp16' ? [{ key: 'ds.param_dtype', to }] : undefined;
  },
};
