import type { Options } from '../../run/options.ts';
import type { FieldName, RunFields } from '../../run/run-fields.ts';
import type { Adapter, AdapterContext, Lowered, OptionChange, Recognized } from '../framework.ts';
import { lowerTorchtune } from './lower.ts';
import { recognizeTorchtune } from './recognize.ts';

/** torchtune: its YAML, told by `_component_`, and `tune run RECIPE --config NAME key=value`. */
export const torchtune: Adapter = {
  id: 'torchtune',
  title: 'torchtune',
  version: '0.7.0',
  evidence: [/\b_component_\s*:|\btune[\s\\]+(?:run|download|ls|cp|cat|validate)\b/],
  recognize: recognizeTorchtune,
  lower(options: Options, recognized: Recognized, context: AdapterContext): Lowered {
    return lowerTorchtune(options, recognized, context);
  },
  fields: {
    microBatch: 'batch_size',
    gradientAccumulation: 'gradient_accumulation_steps',
    maxGradNorm: 'clip_grad_norm',
    gradientCheckpointing: 'enable_activation_checkpointing',
    maxLength: 'max_seq_len',
    learningRate: 'lr',
    weightDecay: 'weight_decay',
    'lora.rank': 'lora_rank',
    'lora.alpha': 'lora_alpha',
    'lora.dropout': 'lora_dropout',
  },
  spell,
};

/** One dtype for everything. */
function spell<K extends FieldName>(
  field: K,
  to: RunFields[K],
): readonly OptionChange[] | undefined {
  if (field !== 'precision' || (to !== 'bf16' && to !== 'fp32')) return undefined;
  return [{ key: 'dtype', to }];
}
