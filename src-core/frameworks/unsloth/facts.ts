import { known } from '../../run/sourced.ts';
import type { Call } from '../../syntax/document.ts';
import type { Constraint, ConstraintInput, Violation } from '../constraint.ts';
import type { PeftConfig } from '../peft/facts.ts';

/** Models that FastLanguageModel has code of its own for (models/loader.py); others go to FastModel. */
const OWN = new Set(['llama', 'mistral', 'gemma', 'gemma2', 'qwen2', 'qwen3']);

type Check = (input: ConstraintInput) => Violation | undefined;

/** A check of Unsloth, in a file below `unsloth/`. A load with `**something` in it is not judged: anything may be set. */
export function rejects(
  id: string,
  where: string,
  check: Check,
  more: Pick<Constraint, 'rule' | 'severity'> = {},
): Constraint {
  return {
    id: `unsloth-${id}`,
    ...more,
    cite: { label: `unsloth/${where}` },
    check: (input) => (isOpen(input) ? undefined : check(input)),
  };
}

function loadOf({ recognized }: ConstraintInput): Call | undefined {
  const unit = recognized.sections.find(({ scope }) => scope.id === 'load')?.unit;
  return unit?.kind === 'call' ? unit : undefined;
}

/** `**something` in the load: anything may be set. */
function isOpen(input: ConstraintInput): boolean {
  return loadOf(input)?.open === true;
}

/** Whether the model is one that FastLanguageModel has code of its own for; `undefined` when it is not known. */
export function isOwn(input: ConstraintInput): boolean | undefined {
  const { model } = input.draft;
  const type = model === undefined ? undefined : known(model)?.record?.arch?.modelType;
  if (loadOf(input)?.receiver !== 'FastLanguageModel') return false;
  return type === undefined ? undefined : OWN.has(type);
}

/** The LoraConfig that `get_peft_model` makes, where Unsloth's own code makes it. */
export function loraOf(input: ConstraintInput): PeftConfig | undefined {
  const made = input.recognized.sections.some(({ scope }) => scope.id === 'get_peft_model');
  if (!made || isOwn(input) !== true || fullOrUnknown(input)) return undefined;
  return { kind: 'LoraConfig', key: (name) => `get_peft_model.${name}`, unwraps: false };
}

/** Whether all weights train, or nobody can say: 4 bits are turned off then. */
export function fullOrUnknown({ options: o }: ConstraintInput): boolean {
  return o.has('load.full_finetuning') && o.bool('load.full_finetuning').value !== false;
}
