import type { ArchSpec } from '../../facts/model.ts';
import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { type Phrase, say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  isOn,
  isSet,
  mayBeOn,
  numberOf,
  removeOption,
  setOption,
  textOf,
  type Violation,
} from '../constraint.ts';
import { excludes, exclusive, needs, rejects, scopeOf } from './facts.ts';
import { isMegatron } from './megatron.ts';

const ARGUMENTS = 'megatron/arguments/megatron_args.py';
const CORE = 'Megatron-LM megatron/core/transformer';
/** How layers are dealt out otherwise than evenly. */
const UNEVEN = [
  ...['decoder_first_pipeline_num_layers', 'decoder_last_pipeline_num_layers'],
  ...['pipeline_model_parallel_layout', 'account_for_embedding_in_pipeline_split'],
  'account_for_loss_in_pipeline_split',
];

/** A check of `megatron sft` and its sisters. */
function ofMegatron(
  id: string,
  label: string,
  check: (input: ConstraintInput) => Violation | undefined,
): Constraint {
  const made = rejects(`megatron-${id}`, label, (input) => {
    const asked = isMegatron(input.recognized) && input.recognized.trains;
    return asked ? check(input) : undefined;
  });
  return label === ARGUMENTS ? made : { ...made, cite: { label } };
}

function archOf({ draft, options: o }: ConstraintInput): ArchSpec | undefined {
  // What is handed to Megatron by other names may change any of it.
  if (isSet(o, 'megatron_extra_kwargs')) return undefined;
  return draft.model && known(draft.model)?.record?.arch;
}

/** A size that must divide what the model has. */
function divides(
  key: string,
  what: Phrase,
  count: (arch: ArchSpec) => number | undefined,
): Constraint {
  return ofMegatron(`divides-${key}`, `${CORE}/transformer_config.py`, (input) => {
    const size = input.options.has(key) ? numberOf(input.options, key) : undefined;
    const arch = archOf(input);
    const have = arch && count(arch);
    if (size === undefined || size < 2 || have === undefined || have % size === 0) return undefined;
    if (key.startsWith('pipeline') && UNEVEN.some((name) => isSet(input.options, name)))
      return undefined;
    return {
      at: key,
      with: ['model'],
      message: say`the model has ${have} ${what}, which ${size} does not divide: Megatron stops there`,
    };
  });
}

/** What Megatron asks of its options, and of the model that they split. */
export const shapeConstraints = lazy((): readonly Constraint[] => [
  divides('tensor_model_parallel_size', say`attention heads`, ({ heads }) => heads),
  divides('pipeline_model_parallel_size', say`layers`, ({ layers }) => layers),
  divides('expert_model_parallel_size', say`experts`, ({ moe }) => moe?.experts),
  ofMegatron('experts-sequence', `${CORE}/moe/moe_layer.py`, (input) => {
    const { options: o } = input;
    const size = o.has('tensor_model_parallel_size')
      ? numberOf(o, 'tensor_model_parallel_size')
      : 1;
    const arch = archOf(input);
    // Of a model that is not known, what splits its experts says that it has some.
    const experts = (numberOf(o, 'expert_model_parallel_size') ?? 1) > 1;
    if (arch ? arch.moe === undefined : !experts) return undefined;
    if (mayBeOn(o, 'sequence_parallel')) return undefined;
    if (size === undefined || size < 2) return undefined;
    return {
      at: 'tensor_model_parallel_size',
      with: ['model'],
      message: say`experts under tensor parallelism need sequence_parallel: Megatron stops in the first step`,
      fixes: [setOption('sequence_parallel', true)],
    };
  }),
  ofMegatron('recompute', `${CORE}/transformer_config.py`, ({ options: o }) => {
    const way = o.has('recompute_granularity') ? textOf(o, 'recompute_granularity') : undefined;
    if (way === 'full') {
      const lacks = ['recompute_method', 'recompute_num_layers'].find((key) => !isSet(o, key));
      return lacks === undefined
        ? undefined
        : needs('recompute_granularity', lacks, 'recompute_granularity full');
    }
    return way === 'selective' && isSet(o, 'recompute_method')
      ? excludes('recompute_method', 'recompute_granularity', way)
      : undefined;
  }),
  ofMegatron('length', 'ms-swift swift/megatron/trainers/base.py', ({ options: o, recognized }) => {
    if (['num_train_epochs', 'train_iters', 'max_epochs'].some((key) => o.has(key)))
      return undefined;
    return needs('num_train_epochs', 'num_train_epochs', scopeOf(recognized));
  }),
  ofMegatron('stream-length', ARGUMENTS, ({ options: o }) => {
    if (!isOn(o, 'streaming')) return undefined;
    if (!isSet(o, 'train_iters') && isSet(o, 'num_train_epochs'))
      return needs('streaming', 'train_iters');
    const evaluates = isSet(o, 'val_dataset') && (numberOf(o, 'eval_iters') ?? 0) < 0;
    return evaluates ? needs('streaming', 'eval_iters') : undefined;
  }),
  ofMegatron('stream-epochs', ARGUMENTS, ({ options: o }) =>
    isOn(o, 'streaming') && textOf(o, 'save_strategy') === 'epoch'
      ? excludes('streaming', 'save_strategy', 'epoch')
      : undefined,
  ),
  ofMegatron('async-limit', ARGUMENTS, ({ options: o }) =>
    isOn(o, 'async_save') && isSet(o, 'save_total_limit')
      ? exclusive('save_total_limit', 'async_save')
      : undefined,
  ),
  ofMegatron('limit', ARGUMENTS, ({ options: o }) => {
    const limit = isSet(o, 'save_total_limit') ? numberOf(o, 'save_total_limit') : undefined;
    if (limit === undefined || limit >= 2) return undefined;
    return {
      at: 'save_total_limit',
      message: say`\`${'save_total_limit'}\` must be ${say`at least ${2}`}, not ${limit}`,
      fixes: [setOption('save_total_limit', 2)],
    };
  }),
  ofMegatron('groups-packed', ARGUMENTS, ({ options: o }) => {
    const packs = isOn(o, 'packing') || isOn(o, 'padding_free');
    return isOn(o, 'group_by_length') && packs
      ? {
          ...exclusive('group_by_length', 'padding_free'),
          fixes: [removeOption('group_by_length')],
        }
      : undefined;
  }),
]);
