import type { FixIntent } from '../../run/fix-intent.ts';
import { setField } from '../../run/fix-intent.ts';
import { known } from '../../run/sourced.ts';
import type { MapNode, Node } from '../../syntax/document.ts';
import { type Constraint, type ConstraintInput, textOf, type Violation } from '../constraint.ts';
import { asBool } from '../convert.ts';
import { rootOf } from './parallel.ts';

type Half = 'fp16' | 'bf16';

/** The Trainer and the DeepSpeed config it is given must ask for the same format. */
export const deepspeedPrecision: readonly Constraint[] = [
  {
    id: 'deepspeed-fp16-and-bf16',
    cite: { label: 'DeepSpeed deepspeed/runtime/config.py: fp16 and bf16 exclude each other' },
    check(input) {
      const config = configOf(input);
      if (config === undefined || !enabled(config, 'fp16') || !enabled(config, 'bf16'))
        return undefined;
      return {
        at: 'deepspeed',
        message:
          'the DeepSpeed config enables fp16 and bf16 together: DeepSpeed stops with "bfloat16 and fp16 modes cannot be simultaneously enabled". `"auto"` in both takes what the trainer says',
      };
    },
  },
  ...(['fp16', 'bf16'] as const).map(disagreement),
];

function disagreement(half: Half): Constraint {
  return {
    id: `deepspeed-${half}-disagrees`,
    cite: {
      label: 'transformers integrations/deepspeed.py, trainer_config_process',
      url: 'https://github.com/huggingface/transformers/blob/main/src/transformers/integrations/deepspeed.py',
    },
    check: (input) => mismatch(half, input),
  };
}

function mismatch(half: Half, input: ConstraintInput): Violation | undefined {
  const config = configOf(input);
  const told = config && enabled(config, half);
  const asked = flag(half, input);
  if (config === undefined || told === undefined || asked === undefined || told === asked)
    return undefined;
  // One finding for one cause: the format that both leave off is not mentioned as well.
  const other: Half = half === 'fp16' ? 'bf16' : 'fp16';
  if (!told && enabled(config, other) === true) return undefined;
  if (told && enabled(config, other) === true) return undefined;
  return {
    at: 'deepspeed',
    with: [half, other],
    message: `the DeepSpeed config says \`${half}.enabled: ${told}\`, the trainer's ${half} is ${asked}: it stops with "Please correct the following DeepSpeed config values that mismatch TrainingArguments values". \`"auto"\` takes what the trainer says`,
    fixes: told ? [follow(half)] : [],
  };
}

function follow(half: Half): FixIntent {
  return {
    title: `Train in ${half}, as the DeepSpeed config says`,
    safety: 'suggestion',
    changes: [setField('precision', half)],
  };
}

/** The flag as the trainer hands it on; full evaluation in that format counts, too. */
function flag(half: Half, { options, draft }: ConstraintInput): boolean | undefined {
  const asked = draft[`${half}Flag`];
  const value = asked === undefined ? undefined : known(asked);
  return options.bool(`${half}_full_eval`).value === true ? true : value;
}

/** The config as a mapping: written in place, or read from the file it names. */
function configOf({ options, recognized, context }: ConstraintInput): MapNode | undefined {
  const node = options.node('deepspeed');
  if (node?.kind === 'map') return node;
  const name = node === undefined ? undefined : textOf(options, 'deepspeed');
  if (name === undefined || !/\.json$/.test(name)) return undefined;
  const document = context.file(name, recognized.grip.file);
  return document === undefined ? undefined : rootOf(document);
}

/** `enabled` of a section, when it is a plain true or false. */
function enabled(config: MapNode, half: Half): boolean | undefined {
  const section = child(config, half);
  const value = section?.kind === 'map' ? child(section, 'enabled') : undefined;
  if (value?.kind !== 'scalar' || typeof value.value !== 'boolean') return undefined;
  const read = asBool(value);
  return typeof read === 'boolean' ? read : undefined;
}

function child(map: MapNode, key: string): Node | undefined {
  return map.entries.findLast((entry) => entry.key === key)?.value;
}
