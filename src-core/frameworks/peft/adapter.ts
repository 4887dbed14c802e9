import type { Options } from '../../run/options.ts';
import type { FieldName, RunFields } from '../../run/run-fields.ts';
import type { Adapter, AdapterContext, Lowered, OptionChange, Recognized } from '../framework.ts';
import { spellTransformers } from '../transformers/adapter.ts';
import { lowerPeft } from './lower.ts';
import { recognizePeft } from './recognize.ts';

/** Adapter and quantisation configs in programs whose trainer no other adapter reads. */
export const peft: Adapter = {
  id: 'peft',
  title: 'PEFT',
  version: '0.21.0',
  evidence: [
    /\b[A-Z]\w*Config\s*\(/,
    /\bpeft\b|\bBitsAndBytesConfig\b|\b(?:Ada)?LoraConfig\b|\b(?:Prompt|Prefix)TuningConfig\b/,
  ],
  recognize: recognizePeft,
  lower(options: Options, recognized: Recognized, context: AdapterContext): Lowered {
    return lowerPeft(options, recognized, context);
  },
  fields: {
    attention: 'attn_implementation',
    'lora.rank': 'r',
    'lora.alpha': 'lora_alpha',
    'lora.dropout': 'lora_dropout',
    'lora.targets': 'target_modules',
    'lora.rslora': 'use_rslora',
    'lora.modulesToSave': 'modules_to_save',
  },
  spell: spellLoad,
};

/** The trainer is not seen: only what the load decides has a spelling. */
function spellLoad<K extends FieldName>(
  field: K,
  to: RunFields[K],
  options: Options,
): readonly OptionChange[] | undefined {
  const spelled = field === 'loadDtype' || field === 'attention';
  return spelled ? spellTransformers(field, to, options) : undefined;
}
