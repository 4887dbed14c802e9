import type { Options } from '../../run/options.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, setOption, type Violation } from '../constraint.ts';
import { blankName } from '../hf/fsdp-wrap.ts';
import {
  boolOf,
  engineOf,
  isWhole,
  keyOf,
  placeOf,
  rejects,
  scalarOf,
  switchProblem,
  textOf,
} from './facts.ts';

const PLUGIN = 'utils/dataclasses.py';
const SECTION = 'fsdp_config';

/** Words of a setting: names in any case, or their numbers from 1. */
interface Words {
  readonly name: string;
  readonly words: readonly string[];
  /** Words that are taken beside those that have numbers. */
  readonly also?: readonly string[];
}

const STRATEGY: Words = {
  name: 'fsdp_sharding_strategy',
  words: ['FULL_SHARD', 'SHARD_GRAD_OP', 'NO_SHARD', 'HYBRID_SHARD', 'HYBRID_SHARD_ZERO2'],
  also: ['_HYBRID_SHARD_ZERO2'],
};
const CHOICES: readonly Words[] = [
  {
    name: 'fsdp_backward_prefetch',
    words: ['BACKWARD_PRE', 'BACKWARD_POST'],
    also: ['NO_PREFETCH'],
  },
  {
    name: 'fsdp_state_dict_type',
    words: ['FULL_STATE_DICT', 'LOCAL_STATE_DICT', 'SHARDED_STATE_DICT'],
  },
];
const POLICIES = ['TRANSFORMER_BASED_WRAP', 'SIZE_BASED_WRAP', 'NO_WRAP'];

/** Switches that every version reads, and those of the first version alone. */
const SWITCHES = [
  ...['fsdp_offload_params', 'fsdp_activation_checkpointing'],
  ...['fsdp_activation_checkpointing_offload', 'fsdp_cpu_ram_efficient_loading'],
];
const FIRST_SWITCHES = ['fsdp_use_orig_params', 'fsdp_sync_module_states', 'fsdp_forward_prefetch'];

function version(o: Options): number {
  return Number(textOf(o, 'fsdp_version', SECTION) ?? '1');
}

/** Runs a check where FSDP is what starts the run. */
function fsdp(
  id: string,
  check: (o: Options) => Violation | undefined,
  more: Partial<Pick<Constraint, 'rule' | 'severity'>> = {},
): Constraint {
  return rejects(
    `fsdp-${id}`,
    PLUGIN,
    ({ options }) => (engineOf(options) === 'fsdp' ? check(options) : undefined),
    more,
  );
}

const at = (o: Options, name: string): string => placeOf(o, name, SECTION);

/** The checks of `FullyShardedDataParallelPlugin`, which the started processes make first. */
export const fsdpConstraints = lazy((): readonly Constraint[] => [
  fsdp('version', (o) => {
    const text = textOf(o, 'fsdp_version', SECTION);
    if (text === undefined || text === '1' || text === '2') return undefined;
    const strategy = textOf(o, 'fsdp_reshard_after_forward', SECTION);
    // Any other number falls through to a strategy that reshard_after_forward must name.
    const named = typeof strategy === 'string' && isWord(STRATEGY, strategy);
    if (text !== null && isWhole(text) && named) return undefined;
    return { at: at(o, 'fsdp_version'), message: say`fsdp_version is 1 or 2, not ${text}` };
  }),
  fsdp(
    'strategy',
    (o) => {
      const text = textOf(o, STRATEGY.name, SECTION);
      if (version(o) !== 1 || text === undefined) return undefined;
      return text !== null && isWord(STRATEGY, text) ? undefined : choice(o, STRATEGY, text);
    },
    { rule: 'bad-choice' },
  ),
  ...CHOICES.map((words) =>
    fsdp(
      words.name,
      (o) => {
        const text = textOf(o, words.name, SECTION);
        if (text === undefined || text === null || isWord(words, text)) return undefined;
        return choice(o, words, text);
      },
      { rule: 'bad-choice' },
    ),
  ),
  fsdp('wrap-blank', (o) => {
    const name = 'fsdp_transformer_layer_cls_to_wrap';
    const policy = textOf(o, 'fsdp_auto_wrap_policy', SECTION)?.toUpperCase();
    if (policy !== POLICIES[0] || scalarOf(o, 'num_processes', 'config') === 1) return undefined;
    const wrong = blankName(textOf(o, name, SECTION) ?? '');
    if (wrong === undefined) return undefined;
    const { message, right } = wrong;
    return { at: at(o, name), message, fixes: [setOption(at(o, name), right)] };
  }),
  fsdp(
    'wrap',
    (o) => {
      const name = 'fsdp_auto_wrap_policy';
      const text = textOf(o, name, SECTION);
      if (text === undefined || text === null || POLICIES.includes(text.toUpperCase()))
        return undefined;
      return choice(o, { name, words: POLICIES }, text);
    },
    { rule: 'bad-choice' },
  ),
  fsdp('reshard', (o) => {
    const name = 'fsdp_reshard_after_forward';
    const text = textOf(o, name, SECTION);
    if (version(o) !== 2 || text === undefined || boolOf(text ?? 'None') !== undefined)
      return undefined;
    return {
      at: at(o, name),
      with: [at(o, 'fsdp_version')],
      message: say`FSDP2 wants true or false for ${name}, not \`${text}\``,
      fixes: [setOption(at(o, name), !/SHARD_GRAD_OP|NO_SHARD/i.test(text ?? ''))],
    };
  }),
  fsdp('local-state', (o) => {
    const name = 'fsdp_state_dict_type';
    if (version(o) !== 2 || !/^(?:LOCAL_STATE_DICT|2)$/i.test(textOf(o, name, SECTION) ?? ''))
      return undefined;
    return {
      at: at(o, name),
      with: [at(o, 'fsdp_version')],
      message: say`FSDP2 does not support LOCAL_STATE_DICT`,
      fixes: [setOption(at(o, name), 'SHARDED_STATE_DICT')],
    };
  }),
  fsdp('minimum', (o) => {
    const name = 'fsdp_min_num_params';
    const policy = textOf(o, 'fsdp_auto_wrap_policy', SECTION);
    const text = textOf(o, name, SECTION);
    if (policy?.toUpperCase() !== 'SIZE_BASED_WRAP' || text === undefined) return undefined;
    if (isWhole(text ?? '')) return undefined;
    const whole = Number(text);
    return {
      at: at(o, name),
      message: say`${name} is a whole number written with digits, not \`${text}\``,
      fixes: Number.isInteger(whole) ? [setOption(at(o, name), whole)] : [],
    };
  }),
  ...[...SWITCHES, ...FIRST_SWITCHES].map((name) =>
    fsdp(
      name,
      (o) => {
        const read = SWITCHES.includes(name) || version(o) === 1;
        return read ? switchProblem(o, name, SECTION) : undefined;
      },
      { rule: 'wrong-type' },
    ),
  ),
  fsdp('sync', (o) => {
    const loads = isTrue(o, 'fsdp_cpu_ram_efficient_loading') ?? true;
    const syncs = isTrue(o, 'fsdp_sync_module_states') ?? true;
    if (syncs || !loads) return undefined;
    return {
      at: at(o, 'fsdp_sync_module_states'),
      with: [at(o, 'fsdp_cpu_ram_efficient_loading')],
      message: say`fsdp_cpu_ram_efficient_loading, which is on by default, needs fsdp_sync_module_states: accelerate stops`,
      fixes: [setOption(at(o, 'fsdp_sync_module_states'), true)],
    };
  }),
  fsdp('offloaded-checkpoints', (o) => {
    const name = 'fsdp_activation_checkpointing_offload';
    if (boolOf(textOf(o, name, SECTION) ?? '') !== true) return undefined;
    const on = boolOf(textOf(o, 'fsdp_activation_checkpointing', SECTION) ?? 'false') === true;
    if (on && version(o) === 2) return undefined;
    return {
      at: at(o, name),
      message: on
        ? say`${name} needs fsdp_version 2`
        : say`${name} needs fsdp_activation_checkpointing`,
    };
  }),
]);

/** Truth as Python sees it, where a text is true whatever it says; `undefined` when not written. */
function isTrue(o: Options, name: string): boolean | undefined {
  const key = keyOf(o, name, SECTION);
  const node = key === undefined ? undefined : o.node(key);
  if (key === undefined || node === undefined || node.kind === 'opaque') return undefined;
  if (key.startsWith('launch.')) return true; // argparse's `type=bool` makes True of every word.
  if (node.kind === 'list') return node.items.length > 0;
  if (node.kind === 'map') return node.entries.length > 0;
  const value = scalarOf(o, name, SECTION);
  return value !== false && value !== null && value !== 0 && value !== '';
}

function isWord({ words, also = [] }: Words, text: string): boolean {
  const upper = text.toUpperCase();
  if (words.includes(upper) || also.includes(upper)) return true;
  return /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= words.length;
}

function choice(o: Options, { name, words, also = [] }: Words, text: string | null): Violation {
  const all = [...words, ...also.filter((one) => !one.startsWith('_'))];
  const near = all.filter((word) => text?.toUpperCase().startsWith(word.slice(0, 4)));
  return {
    at: at(o, name),
    message: say`${name} cannot be \`${text}\`: ${all.map((word) => `\`${word}\``).join(', ')}`,
    fixes: near.slice(0, 2).map((word) => setOption(at(o, name), word)),
  };
}
