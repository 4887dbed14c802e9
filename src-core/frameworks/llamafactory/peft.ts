import type { Options } from '../../run/options.ts';
import { known } from '../../run/sourced.ts';
import { type ConstraintInput, isOn, isSet, setOption } from '../constraint.ts';
import { loraOptions, type Targets } from '../peft/facts.ts';
import { meansToTrain } from './constraints-training.ts';
import { namesOf } from './facts.ts';

/** Options that take modules from elsewhere: an adapter's own config, or layers of their own. */
const ELSEWHERE: readonly ((o: Options) => boolean)[] = [
  (o) => isSet(o, 'adapter_name_or_path'),
  (o) => isOn(o, 'use_llama_pro'),
  (o) => isOn(o, 'use_kt'),
];

/** The modules of a new adapter (model/adapter.py): a list goes to PEFT as it is, `all` does not. */
function targets(input: ConstraintInput): Targets | undefined {
  const { options: o } = input;
  if (!o.has('lora_target') || !meansToTrain(input) || ELSEWHERE.some((is) => is(o)))
    return undefined;
  const names = known(namesOf(o, 'lora_target'));
  return names === undefined || names.includes('all') ? undefined : { kind: 'names', names };
}

/** The LoraConfig that LLaMA-Factory's options make. */
export const loraConfig = loraOptions(
  { r: 'lora_rank', lora_dropout: 'lora_dropout', target_modules: 'lora_target' },
  {
    targets,
    listed: (names) => names.join(','),
    allLinear: setOption('lora_target', 'all'),
  },
);
