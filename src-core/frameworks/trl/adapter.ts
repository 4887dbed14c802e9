import type { Options } from '../../run/options.ts';
import type { FieldName, RunFields } from '../../run/run-fields.ts';
import type { Quantization } from '../../run/training-run.ts';
import type { Adapter, AdapterContext, Lowered, OptionChange, Recognized } from '../framework.ts';
import { TRAINER_KEYS } from '../hf/trainer-fields.ts';
import type { OptionTable } from '../options.ts';
import { spellTransformers } from '../transformers/adapter.ts';
import { lowerTrl } from './lower.ts';
import { recognizeTrl } from './recognize.ts';

/** TRL: `trl sft ...`, YAML files for it, and `SFTConfig(...)` and its sisters in Python. */
export const trl: Adapter = {
  id: 'trl',
  title: 'TRL',
  version: '1.13.0',
  evidence: [
    /\btrl[\s\\]+(?:sft|dpo|grpo|kto|reward|rloo)\b|\b(?:sft|dpo|grpo|kto|reward|rloo)\.py\b|\btrl[./]scripts\b|\b[A-Z]\w*(?:Config|Trainer|Parser)\s*\(|\bmodel_name_or_path\b/,
    /\btrl\b|--config\b|\b(?:dataset_name|use_peft|lora_r|lora_target_modules|dataset_mixture|dataset_config|reward_funcs)\b|\b(?:SFT|DPO|GRPO|KTO|ORPO|CPO|Reward|RLOO|PPO|GKD|BCO|XPO)(?:Config|Trainer)\b/,
  ],
  recognize: recognizeTrl,
  lower(options: Options, recognized: Recognized, context: AdapterContext): Lowered {
    return lowerTrl(options, recognized, context);
  },
  fields: {
    ...TRAINER_KEYS,
    maxLength: 'max_length',
    packing: 'packing',
    generations: 'num_generations',
    maxCompletionLength: 'max_completion_length',
    'rollout.utilization': 'vllm_gpu_memory_utilization',
    'rollout.sleeps': 'vllm_enable_sleep_mode',
    'lora.rank': 'lora_r',
    'lora.alpha': 'lora_alpha',
    'lora.dropout': 'lora_dropout',
    'lora.targets': 'lora_target_modules',
  },
  spell: spellTrl,
};

function spellTrl<K extends FieldName>(
  field: K,
  to: RunFields[K],
  options: OptionTable,
): readonly OptionChange[] | undefined {
  switch (field) {
    case 'method':
      return to === 'lora' ? [{ key: 'use_peft', to: true }] : [{ key: 'use_peft', to: null }];
    case 'quantization':
      return spellQuantization(to as Quantization | null, options);
    default:
      return spellTransformers(field, to, options);
  }
}

/** A load in Python takes a config made for it, which is more than options: transformers 5 has no other way. */
function spellQuantization(
  to: Quantization | null,
  o: OptionTable,
): readonly OptionChange[] | undefined {
  if (o.sections.some(({ unit }) => unit.kind === 'call')) return undefined;
  const drop = ['load_in_4bit', 'load_in_8bit'].filter((key) => o.has(key));
  if (to === null) return drop.map((key) => ({ key, to: null }));
  return [{ key: to.bits === 8 ? 'load_in_8bit' : 'load_in_4bit', to: true }];
}
