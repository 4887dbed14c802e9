import type { Options } from '../../run/options.ts';
import type { Adapter, AdapterContext, Lowered, Recognized } from '../framework.ts';
import { lowerAxolotl } from './lower.ts';
import { recognizeAxolotl } from './recognize.ts';
import { spellAxolotl } from './spell.ts';

/** axolotl: its YAML, `axolotl train x.yaml`, and `-m axolotl.cli.train x.yaml`. */
export const axolotl: Adapter = {
  id: 'axolotl',
  title: 'axolotl',
  version: '0.18.0',
  evidence: [
    /\bbase_model\b|\baxolotl\b|\bscripts\/finetune\.py\b|\bmicro_batch_size\b/,
    /\baxolotl\b|\bfinetune\.py\b|^[ \t]*(?:datasets|pretraining_dataset|micro_batch_size|sequence_len|num_epochs|adapter|sample_packing|val_set_size|rl|load_in_\dbit|lora_\w+|flash_attention|special_tokens|dataset_prepared_path)\s*:/m,
  ],
  recognize: recognizeAxolotl,
  lower(options: Options, recognized: Recognized, context: AdapterContext): Lowered {
    return lowerAxolotl(options, recognized, context);
  },
  fields: {
    model: 'base_model',
    microBatch: 'micro_batch_size',
    gradientAccumulation: 'gradient_accumulation_steps',
    learningRate: 'learning_rate',
    weightDecay: 'weight_decay',
    adamBeta2: 'adam_beta2',
    adamEpsilon: 'adam_epsilon',
    maxGradNorm: 'max_grad_norm',
    optimizer: 'optimizer',
    maxLength: 'sequence_len',
    packing: 'sample_packing',
    gradientCheckpointing: 'gradient_checkpointing',
    tf32: 'tf32',
    fp16Flag: 'fp16',
    bf16Flag: 'bf16',
    'lora.rank': 'lora_r',
    'lora.alpha': 'lora_alpha',
    'lora.dropout': 'lora_dropout',
    'lora.rslora': 'peft_use_rslora',
    'lora.modulesToSave': 'lora_modules_to_save',
  },
  spell: spellAxolotl,
};
