import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  isOn,
  isSet,
  numberOf,
  removeOption,
  setOption,
  textOf,
  type Violation,
} from '../constraint.ts';
import { exclusive, needs, paddingFree, rejects, scopeOf, TRAINING } from './facts.ts';

const SFT = 'arguments/sft_args.py';
const PIPELINE = 'pipelines/train/sft.py';
/** DeepSpeed configs by name (swift/config). */
const ZERO = ['zero0', 'zero1', 'zero2', 'zero3', 'zero2_offload', 'zero3_offload'];

const trains = ({ recognized }: ConstraintInput): boolean =>
  TRAINING.includes(scopeOf(recognized).replace(/^megatron /, ''));

/** A name of a config that is neither a preset nor what a file or JSON looks like. */
function unknownPreset(
  key: string,
  names: readonly string[],
  { options: o, context }: ConstraintInput,
) {
  const text = isSet(o, key) ? textOf(o, key) : undefined;
  if (text === undefined || names.includes(text) || /[./{]/.test(text)) return undefined;
  // Another name may be a file of one's own.
  const asPreset = key === 'fsdp' || /^(?:default-)?zero/i.test(text);
  if (!asPreset || context.file(text, '') !== undefined) return undefined;
  const plain = text.replace(/^default-/, '');
  return {
    at: key,
    message: say`\`${text}\` is no preset of ms-swift (${names.join(', ')}), and no file`,
    fixes:
      names.includes(plain) || names.length === 1
        ? [setOption(key, names.length === 1 ? (names[0] ?? '') : plain)]
        : [],
  } satisfies Violation;
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

/** What one option asks of another, and what does not go together, outside of RLHF. */
export const demandConstraints = lazy((): readonly Constraint[] => [
  rejects('num-labels', 'model/model_meta.py', (input) => {
    const { options: o } = input;
    const scores = o.has('task_type') && textOf(o, 'task_type') === 'seq_cls';
    const name = textOf(o, 'model');
    // A model that rewards has one label.
    const asks = trains(input) && scores && name !== undefined && !/reward|\brm\b/i.test(name);
    return asks && !isSet(o, 'num_labels')
      ? needs('task_type', 'num_labels', 'task_type seq_cls')
      : undefined;
  }),
  rejects('split-outside-pt', PIPELINE, (input) => {
    const { options: o } = input;
    const splits = o.has('truncation_strategy') && textOf(o, 'truncation_strategy') === 'split';
    const text = o.has('use_chat_template') && !isOn(o, 'use_chat_template');
    if (!splits || text || !trains(input) || /pt$/.test(scopeOf(input.recognized)))
      return undefined;
    // GRPO has a check of its own.
    return textOf(o, 'rlhf_type') === 'grpo'
      ? undefined
      : needs('truncation_strategy', 'swift pt', 'truncation_strategy split');
  }),
  rejects('cached-stream', PIPELINE, (input) => {
    const { options: o } = input;
    const key = ['cached_dataset', 'cached_val_dataset'].find((name) => isSet(o, name));
    if (key === undefined || !isOn(o, 'streaming') || !trains(input)) return undefined;
    return { ...exclusive('streaming', key), fixes: [removeOption('streaming')] };
  }),
  rejects('several-adapters', 'pipelines/train/tuner.py', (input) => {
    const { options: o } = input;
    const count = o.has('adapters') ? (known(o.texts('adapters'))?.length ?? 0) : 0;
    if (count < 2 || !trains(input)) return undefined;
    return {
      at: 'adapters',
      message: say`\`${`swift ${scopeOf(input.recognized)}`}\` takes a single adapter: merge them first`,
    };
  }),
  rejects('ring-attention', 'sequence_parallel/sequence_parallel.py', (input) => {
    const { options: o, draft } = input;
    const size = o.has('sequence_parallel_size') ? numberOf(o, 'sequence_parallel_size') : 1;
    const heads = draft.model && known(draft.model)?.record?.arch?.kvHeads;
    if (size === undefined || size < 2 || heads === undefined || divisor(heads, size) === size)
      return undefined;
    // What the heads cannot share goes around in a ring.
    if (paddingFree(input) || !TRAINING.includes(scopeOf(input.recognized))) return undefined;
    return {
      at: 'sequence_parallel_size',
      with: ['model'],
      message: say`${heads} key-value heads cannot be divided among ${size} GPUs: the ring that takes the rest needs padding_free`,
    };
  }),
  rejects('zero-preset', SFT, (input) => unknownPreset('deepspeed', ZERO, input)),
  rejects('fsdp-preset', SFT, (input) => unknownPreset('fsdp', ['fsdp2'], input)),
]);
