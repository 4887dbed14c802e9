import type { Options } from '../../run/options.ts';
import type { Adapter, AdapterContext, Lowered, Recognized } from '../framework.ts';
import { TRAINER_KEYS } from '../hf/trainer-fields.ts';
import { lowerSwift } from './lower.ts';
import { recognizeSwift } from './recognize.ts';
import { spellSwift } from './spell.ts';

/** ms-swift: `swift sft --model ...` and its sister commands. */
export const swift: Adapter = {
  id: 'swift',
  title: 'ms-swift',
  version: '4.6',
  evidence: [
    /\bswift[)"']*[\s\\]+["']?(?:sft|pt|rlhf|infer|export|deploy|eval|rollout|sample|app|web-ui|merge-lora)\b|\bmegatron[\s\\]+(?:sft|pt|rlhf|export)\b|\bswift[/.]cli[/.]|^(?:tuner_type|train_type|rlhf_type)\s*:/m,
  ],
  recognize: recognizeSwift,
  lower(options: Options, recognized: Recognized, context: AdapterContext): Lowered {
    return lowerSwift(options, recognized, context);
  },
  fields: {
    ...TRAINER_KEYS,
    maxLength: 'max_length',
    packing: 'packing',
    'lora.rank': 'lora_rank',
    'lora.alpha': 'lora_alpha',
    'lora.dropout': 'lora_dropout',
    'lora.targets': 'target_modules',
    'lora.rslora': 'use_rslora',
    'lora.modulesToSave': 'modules_to_save',
    generations: 'num_generations',
    maxCompletionLength: 'max_completion_length',
    'rollout.utilization': 'vllm_gpu_memory_utilization',
  },
  spell: spellSwift,
};
