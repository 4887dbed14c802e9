import type { Options } from '../../run/options.ts';
import type { FieldName, RunFields } from '../../run/run-fields.ts';
import type { Adapter, AdapterContext, Lowered, OptionChange, Recognized } from '../framework.ts';
import { TRAINER_KEYS } from '../hf/trainer-fields.ts';
import { lowerUnsloth } from './lower.ts';
import { recognizeUnsloth } from './recognize.ts';

/** Unsloth: `FastLanguageModel.from_pretrained` and `get_peft_model`, then one of TRL's trainers. */
export const unsloth: Adapter = {
  id: 'unsloth',
  title: 'Unsloth',
  version: '2026.8',
  evidence: [/\bFast(?:Language|Vision|Text)?Model\s*\.\s*from_pretrained\b/],
  recognize: recognizeUnsloth,
  lower(options: Options, recognized: Recognized, context: AdapterContext): Lowered {
    return lowerUnsloth(options, recognized, context);
  },
  fields: {
    ...TRAINER_KEYS,
    maxLength: 'max_seq_length',
    packing: 'packing',
    generations: 'num_generations',
    maxCompletionLength: 'max_completion_length',
    'lora.rank': 'r',
    'lora.alpha': 'lora_alpha',
    'lora.dropout': 'lora_dropout',
    'lora.targets': 'target_modules',
    'lora.rslora': 'use_rslora',
    'lora.modulesToSave': 'modules_to_save',
  },
  spell: spellUnsloth,
};

function spellUnsloth<K extends FieldName>(
  field: K,
  to: RunFields[K],
  o: Options,
): readonly OptionChange[] | undefined {
  switch (field) {
    case 'precision':
      return spellPrecision(to as RunFields['precision'], o);
    case 'loadDtype':
      return [{ key: 'dtype', to: to as string, scope: 'load' }];
    case 'gradientCheckpointing':
      return [{ key: 'use_gradient_checkpointing', to: to === true ? 'unsloth' : false }];
    case 'quantization':
      return [{ key: 'load_in_4bit', to: to !== null, scope: 'load' }];
    default:
      return undefined;
  }
}

/** The trainer follows the weights: the load says it, and a flag for another format goes. */
function spellPrecision(
  to: RunFields['precision'],
  o: Options,
): readonly OptionChange[] | undefined {
  const dtype = { bf16: 'bfloat16', fp16: 'float16' }[to as string];
  if (dtype === undefined) return undefined;
  const flags = ['fp16', 'bf16'].filter((key) => o.has(key));
  return [
    { key: 'dtype', to: dtype, scope: 'load' },
    ...flags.map((key): OptionChange => ({ key, to: key === to })),
  ];
}
