import { known } from '../../run/sourced.ts';
import { type ConstraintInput, isSet, textOf } from '../constraint.ts';
import { loraOptions, type Targets } from '../peft/facts.ts';
import { scopeOf, TRAINING } from './facts.ts';

/** Words that ms-swift replaces by modules of the model (pipelines/train/tuner.py). */
const WORDS = ['all-linear', 'all-embedding'];
/** Options that take modules from elsewhere: a pattern, or an adapter's own config. */
const ELSEWHERE = ['target_regex', 'adapters', 'resume_from_checkpoint', 'use_swift_lora'];

/** The modules of a new adapter: names on the command line, or a list in a config, go to PEFT as they are. */
function targets({ options: o, recognized }: ConstraintInput): Targets | undefined {
  const names = o.has('target_modules') ? known(o.texts('target_modules')) : undefined;
  const commands = recognized.sections.every(({ unit }) => unit.kind === 'command');
  const single = !commands && o.node('target_modules')?.kind === 'scalar';
  if (names === undefined || single || names.some((name) => WORDS.includes(name))) return undefined;
  const trains = TRAINING.includes(scopeOf(recognized)) && textOf(o, 'tuner_backend') === 'peft';
  return trains && !ELSEWHERE.some((key) => isSet(o, key)) ? { kind: 'names', names } : undefined;
}

/** The LoraConfig that ms-swift's options make. */
export const loraConfig = loraOptions(
  {
    r: 'lora_rank',
    lora_dropout: 'lora_dropout',
    target_modules: 'target_modules',
    target_parameters: 'target_parameters',
  },
  { targets },
);
