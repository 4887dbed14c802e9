import type { OptionValue } from '../../run/options.ts';
import { lazy } from '../../text/lazy.ts';
import { type Phrase, say } from '../../text/message.ts';
import type { Constraint } from '../constraint.ts';
import { numberOfText } from '../convert.ts';
import { isMap, type Value } from './cfg.ts';
import { rejects, wrong } from './facts.ts';

type Test = (value: OptionValue) => boolean;

const text: Test = (value) => typeof value === 'string';
const integer: Test = (value) =>
  typeof value === 'boolean' ||
  (typeof value === 'number' && Number.isInteger(value)) ||
  (typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value));
const float: Test = (value) =>
  typeof value === 'boolean' ||
  typeof value === 'number' ||
  (typeof value === 'string' && numberOfText(value) !== undefined);
const pair: Test = (value) => isList(value) && value.length === 2 && value.every(integer);
const texts: Test = (value) => isList(value) && value.every(text);
const integers: Test = (value) => isList(value) && value.every(integer);

function isList(value: OptionValue): value is readonly OptionValue[] {
  return Array.isArray(value);
}

/** A mapping that has the keys. */
function record(...keys: readonly string[]): Test {
  return (value) => isMap(value) && keys.every((key) => Object.hasOwn(value, key));
}

/** Lists and mappings by what each of their values must be. */
const VALUES: readonly (readonly [test: Test, what: Phrase, keys: readonly string[]])[] = [
  [
    text,
    say`texts`,
    [
      'dpo_loss_type',
      'eval_causal_lm_metrics',
      'unfrozen_parameters',
      'fsdp',
      'fp32_norm_classes',
      'tokens',
      'eot_tokens',
      'plugins',
      'lora_target_modules',
      'lora_target_parameters',
      'lora_modules_to_save',
      'peft_layers_pattern',
      'optim_target_modules',
      'trl.reward_funcs',
      'selective_checkpointing.save',
      'selective_checkpointing.recompute_layer_types',
      'special_tokens.additional_special_tokens',
      'added_tokens_overrides',
    ],
  ],
  [
    integer,
    say`whole numbers`,
    ['peft_layers_to_transform', 'pose_split_on_token_ids', 'fix_untrained_tokens', 'image_size'],
  ],
  [float, say`numbers`, ['dpo_loss_weights', 'trl.reward_weights', 'ebft.feature_layers']],
  [pair, say`pairs of whole numbers`, ['peft_layer_replication']],
  [record('name', 'modules', 'lr'), say`mappings with name, modules and lr`, ['lr_groups']],
  [isMap, say`mappings`, ['datasets']],
  [record('role', 'start'), say`mappings with role and start`, ['role_boundaries']],
];

const items = lazy((): readonly Constraint[] =>
  VALUES.flatMap(([test, what, keys]) =>
    keys.map((key) =>
      typed(`items-${key}`, key, what, (value) => valuesOf(value).find((one) => !test(one))),
    ),
  ),
);

const others = lazy((): readonly Constraint[] => [
  typed('token-indices', 'peft_trainable_token_indices', say`lists of whole numbers`, (value) =>
    isMap(value)
      ? Object.values(value).find((one) => !integers(one))
      : valuesOf(value).find((one) => !integer(one)),
  ),
  typed('memory-keys', 'max_memory', say`cards by number, cpu and disk`, (value) =>
    isMap(value) ? Object.keys(value).find((key) => !/^(?:\d+|cpu|disk)$/.test(key)) : undefined,
  ),
  typed('token-ids', 'added_tokens_overrides', say`tokens by number`, (value) =>
    isMap(value) ? Object.keys(value).find((key) => !integer(key)) : undefined,
  ),
  typed('optimizer-modules', 'optim_target_modules', say`names, or all_linear`, (value) =>
    typeof value === 'string' && value !== 'all_linear' ? value : undefined,
  ),
]);

/** What data sets of supervised training hold in lists and mappings. */
const datasets = lazy((): readonly Constraint[] =>
  (
    [
      ['data_files', text],
      ['roles_to_train', text],
      ['message_property_mappings', text],
      ['roles', texts],
    ] as const
  ).map(([key, test]) =>
    typed(`dataset-${key}`, 'datasets', say`texts in \`${key}\``, (value) =>
      valuesOf(value)
        .flatMap((one) => (isMap(one) ? valuesOf(one[key]) : []))
        .find((one) => !test(one)),
    ),
  ),
);

function typed(
  id: string,
  path: string,
  what: Phrase,
  bad: (value: Value) => OptionValue | undefined,
): Constraint {
  return {
    ...rejects(id, 'utils/schemas/config.py', (c) => {
      const found = bad(c.get(path));
      if (found === undefined) return undefined;
      return wrong([path], say`\`${path}\` takes ${what}: \`${show(found)}\` is none`);
    }),
    rule: 'wrong-type',
  };
}

/** The items of a list, the values of a mapping. */
function valuesOf(value: Value): readonly OptionValue[] {
  if (Array.isArray(value)) return value;
  return isMap(value) ? Object.values(value) : [];
}

/** A value as a message shows it. */
export function show(value: Value): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Lists and mappings whose values have the wrong type. */
export const itemConstraints = lazy((): readonly Constraint[] => [
  ...items(),
  ...others(),
  ...datasets(),
]);
