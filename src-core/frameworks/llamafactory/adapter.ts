import type { Options } from '../../run/options.ts';
import type { Adapter, AdapterContext, Lowered, Recognized } from '../framework.ts';
import { TRAINER_KEYS } from '../hf/trainer-fields.ts';
import { lowerLlamaFactory } from './lower.ts';
import { recognizeLlamaFactory } from './recognize.ts';
import { spellLlamaFactory } from './spell.ts';

/** LLaMA-Factory: `llamafactory-cli train x.yaml`, the YAML itself, and its scripts. */
export const llamafactory: Adapter = {
  id: 'llamafactory',
  title: 'LLaMA-Factory',
  version: '0.9.5',
  evidence: [
    /\bmodel_name_or_path\b|\bllamafactory-cli\b|\blmf[\s\\]+train\b|\bllamafactory\/launcher\.py\b|\btrain\w*\.py["'\s\\]+(?=[^"'\s\\])\S{1,1000}\.(?:ya?ml|json)\b/,
    /\bllamafactory-cli\b|\blmf\b|\b(?:finetuning_type|cutoff_len|lora_target|quantization_bit|template|stage|export_dir|infer_backend|flash_attn)\b|\bllamafactory\/launcher\.py\b|\btrain\w*\.py["'\s\\]+(?=[^"'\s\\])\S{1,1000}\.(?:ya?ml|json)\b/,
  ],
  recognize: recognizeLlamaFactory,
  lower(options: Options, recognized: Recognized, context: AdapterContext): Lowered {
    return lowerLlamaFactory(options, recognized, context);
  },
  fields: {
    ...TRAINER_KEYS,
    maxLength: 'cutoff_len',
    packing: 'packing',
    liger: 'enable_liger_kernel',
    'lora.rank': 'lora_rank',
    'lora.alpha': 'lora_alpha',
    'lora.dropout': 'lora_dropout',
    'lora.targets': 'lora_target',
    'lora.rslora': 'use_rslora',
    'lora.modulesToSave': 'additional_target',
    freezeTrainableLayers: 'freeze_trainable_layers',
    method: 'finetuning_type',
  },
  spell: spellLlamaFactory,
};
