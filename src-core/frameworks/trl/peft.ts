import { type ConstraintInput, isOn } from '../constraint.ts';
import type { PeftConfig } from '../peft/facts.ts';
import { inPython } from './facts.ts';

/** TRL's options for the arguments of its LoraConfig (trainer/utils.py, get_peft_config). */
const OPTIONS: { readonly [argument: string]: string } = {
  r: 'lora_r',
  lora_alpha: 'lora_alpha',
  lora_dropout: 'lora_dropout',
  target_modules: 'lora_target_modules',
  target_parameters: 'lora_target_parameters',
  modules_to_save: 'lora_modules_to_save',
  task_type: 'lora_task_type',
  use_dora: 'use_dora',
  use_rslora: 'use_rslora',
};

/** The LoraConfig that TRL's own options make; `undefined` when they make none. */
export function peftOptions(input: ConstraintInput): PeftConfig | undefined {
  if (inPython(input) || !isOn(input.options, 'use_peft')) return undefined;
  return {
    kind: 'LoraConfig',
    // Arguments that have no option get a name that none has.
    key: (argument) => OPTIONS[argument] ?? `no ${argument}`,
    unwraps: true,
  };
}
