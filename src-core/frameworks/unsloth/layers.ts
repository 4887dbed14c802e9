import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, type ConstraintInput, isOff, isSet } from '../constraint.ts';
import { olderThan } from '../since.ts';
import { fullOrUnknown, isOwn, rejects } from './facts.ts';

const TARGETS = 'get_peft_model.target_modules';
const flag = (part: string): string => `get_peft_model.finetune_${part}`;
const FLAGS = ['vision_layers', 'language_layers', 'attention_modules', 'mlp_modules'].map(flag);

/** Which layers FastModel adapts: `get_peft_regex` of unsloth_zoo/peft_utils.py picks them by flags. */
export const layerConstraints = lazy((): readonly Constraint[] => [
  rejects('no-layers', 'models/vision.py', (input) => {
    const { options: o } = input;
    if (!isPicked(input) || listed(input) !== undefined || isSet(o, TARGETS)) return undefined;
    const [vision = '', language = '', attention = '', mlp = ''] = FLAGS;
    const layers = isOff(o, vision) && isOff(o, language) && !mayTrainAudio(input);
    if (!layers && !(isOff(o, attention) && isOff(o, mlp))) return undefined;
    const [first, second] = layers ? [vision, language] : [attention, mlp];
    const name = (key: string): string => key.slice(key.indexOf('.') + 1);
    return {
      at: second,
      with: [first],
      message: say`without ${name(first)} and ${name(second)} nothing is left to adapt: Unsloth stops`,
    };
  }),
  rejects(
    'dropped-ends',
    'models/vision.py',
    (input) => {
      if (!isPicked(input) || olderThan(input.context, 'unsloth', '2026.7')) return undefined;
      const end = listed(input)?.find((name) => name === 'lm_head' || name === 'embed_tokens');
      if (
        end === undefined ||
        !FLAGS.some((key) => isOff(input.options, key) || isLeft(input, key))
      )
        return undefined;
      return {
        at: TARGETS,
        message: say`for this model Unsloth looks for targets in the layers that its finetune_ flags pick, and \`${end}\` lies in none: it is left out without a word`,
      };
    },
    { rule: 'ignored-key', severity: 'warning' },
  ),
]);

/** Whether FastModel's code adds the adapter, which picks layers. */
function isPicked(input: ConstraintInput): boolean {
  return isOwn(input) === false && !fullOrUnknown(input);
}

/** The targets that are given as a list. */
function listed({ options: o }: ConstraintInput): readonly string[] | undefined {
  return o.node(TARGETS)?.kind === 'list' ? known(o.texts(TARGETS)) : undefined;
}

function mayTrainAudio({ options: o }: ConstraintInput): boolean {
  const key = flag('audio_layers');
  return o.has(key) && !isOff(o, key);
}

/** Of a model without code of its own FastLanguageModel leaves the vision layers out (models/llama.py). */
function isLeft({ options: o, recognized }: ConstraintInput, key: string): boolean {
  const load = recognized.sections.find(({ scope }) => scope.id === 'load')?.unit;
  const plain = load?.kind === 'call' && load.receiver === 'FastLanguageModel';
  return plain && key === FLAGS[0] && !o.has(key);
}
