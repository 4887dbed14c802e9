import { known } from '../../run/sourced.ts';
import { closest } from '../../text/distance.ts';
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
} from '../constraint.ts';
import { countOf, exclusive, GRPO, inPython, RLOO, rejects, standsAlone } from './facts.ts';

const CONFIG = 'trainer/grpo_config.py';
const TRAINER = 'trainer/grpo_trainer.py';
const BOTH = [...GRPO, ...RLOO];

/** The batch sizes of generation, as far as they are known. */
interface Batches {
  readonly micro: number;
  readonly steps: number;
  readonly generations: number;
  readonly total: number | undefined;
}

function batches({ options: o }: ConstraintInput): Batches | undefined {
  const micro = numberOf(o, 'per_device_train_batch_size');
  const accumulated = numberOf(o, 'gradient_accumulation_steps');
  const steps = isSet(o, 'steps_per_generation')
    ? numberOf(o, 'steps_per_generation')
    : accumulated;
  const generations = numberOf(o, 'num_generations');
  const total = isSet(o, 'generation_batch_size')
    ? numberOf(o, 'generation_batch_size')
    : undefined;
  if (isSet(o, 'generation_batch_size') && total === undefined) return undefined;
  if (micro === undefined || steps === undefined || generations === undefined) return undefined;
  return micro > 0 && steps > 0 ? { micro, steps, generations, total } : undefined;
}

/** World sizes to try: the known one, else any up to two machines of eight. */
function worlds({ draft }: ConstraintInput): { readonly sure: boolean; readonly sizes: number[] } {
  const world = draft['parallel.worldSize'];
  const size = world === undefined ? undefined : known(world);
  const sure = size !== undefined && world?.origin.kind !== 'default';
  return {
    sure,
    sizes: sure && size !== undefined ? [size] : Array.from({ length: 16 }, (_, i) => i + 1),
  };
}

const batchChecks = lazy((): readonly Constraint[] => [
  rejects('two-batches', { by: BOTH, where: CONFIG, since: '0.18' }, ({ options: o }) => {
    if (!isSet(o, 'generation_batch_size') || !isSet(o, 'steps_per_generation')) return undefined;
    return exclusive(
      'generation_batch_size',
      'steps_per_generation',
      say`generation_batch_size and steps_per_generation say the same thing: take one`,
    );
  }),
  rejects('two-generations', { by: BOTH, where: CONFIG, since: '0.17' }, ({ options: o }) => {
    const count = o.has('num_generations') ? numberOf(o, 'num_generations') : undefined;
    if (count === undefined || count >= 2) return undefined;
    return {
      at: 'num_generations',
      message: say`advantages compare the answers to one prompt: at least 2 are needed, not ${count}`,
      fixes: [setOption('num_generations', 2)],
    };
  }),
  ...(['error', 'warning'] as const).flatMap((severity) => [
    rejects(
      `generation-groups-${severity}`,
      { by: BOTH, where: CONFIG, since: '0.20', severity },
      (input) => {
        const sizes = batches(input);
        const { sure, sizes: world } = worlds(input);
        if (sizes === undefined || sizes.generations < 2) return undefined;
        if (sure !== (severity === 'error') && sizes.total === undefined) return undefined;
        if (sizes.total !== undefined && severity === 'warning') return undefined;
        const totals = world.map((size) => sizes.total ?? sizes.micro * sizes.steps * size);
        if (totals.some((total) => total % sizes.generations === 0)) return undefined;
        return {
          at: firstWritten(input, [
            'num_generations',
            'generation_batch_size',
            'per_device_train_batch_size',
          ]),
          with: ['per_device_train_batch_size', 'gradient_accumulation_steps'],
          message:
            sure || sizes.total !== undefined
              ? say`a round generates ${totals[0]} answers, which are no whole groups of num_generations ${sizes.generations}`
              : say`a round generates ${sizes.micro * sizes.steps} answers on each GPU, which on no number of GPUs up to 16 are whole groups of num_generations ${sizes.generations}`,
        };
      },
    ),
  ]),
  rejects('generation-batch', { by: BOTH, where: CONFIG, since: '0.18' }, (input) => {
    const sizes = batches(input);
    if (sizes?.total === undefined || isSet(input.options, 'steps_per_generation'))
      return undefined;
    const { sizes: world } = worlds(input);
    const { total, micro } = sizes;
    if (world.some((size) => total % (micro * size) === 0)) return undefined;
    return {
      at: 'generation_batch_size',
      with: ['per_device_train_batch_size'],
      message: say`generation_batch_size ${total} is no multiple of the ${micro * (world[0] ?? 1)} samples of a step`,
    };
  }),
  rejects('evaluation-groups', { by: BOTH, where: CONFIG, since: '0.27' }, (input) => {
    const { options: o } = input;
    const strategy = o.has('eval_strategy') ? textOf(o, 'eval_strategy') : 'no';
    if (strategy === undefined || /(?:^|\.)no$/i.test(strategy)) return undefined;
    const batch = numberOf(o, 'per_device_eval_batch_size');
    const own = isSet(o, 'num_generations_eval') ? numberOf(o, 'num_generations_eval') : 0;
    const generations = own === 0 ? numberOf(o, 'num_generations') : own;
    const { sure, sizes } = worlds(input);
    if (!sure || batch === undefined || !generations) return undefined;
    const total = batch * (sizes[0] ?? 1);
    if (total % generations === 0) return undefined;
    return {
      at: firstWritten(input, [
        'per_device_eval_batch_size',
        'num_generations_eval',
        'eval_strategy',
      ]),
      with: ['num_generations', 'eval_strategy'],
      message: say`evaluation takes ${total} answers at a time, which are no whole groups of ${generations}`,
    };
  }),
  rejects('log-repository', { by: GRPO, where: CONFIG, since: '0.28' }, ({ options: o }) => {
    if (!isSet(o, 'log_completions_hub_repo') || isOn(o, 'log_completions')) return undefined;
    if (o.has('log_completions') && o.bool('log_completions').value !== false) return undefined;
    return {
      at: 'log_completions_hub_repo',
      with: ['log_completions'],
      message: say`completions can only be uploaded when log_completions is on`,
      fixes: [setOption('log_completions', true)],
    };
  }),
  rejects('find-batch', { by: BOTH, where: CONFIG, since: '1.9' }, ({ options: o }) => {
    if (!isOn(o, 'auto_find_batch_size')) return undefined;
    return {
      at: 'auto_find_batch_size',
      message: say`a batch halved on out of memory would no longer hold whole groups of answers`,
      fixes: [removeOption('auto_find_batch_size')],
    };
  }),
]);

function firstWritten(
  { options: o }: ConstraintInput,
  keys: readonly [string, ...string[]],
): string {
  return keys.find((key) => o.has(key)) ?? keys[0];
}

const lossChecks = lazy((): readonly Constraint[] => [
  rejects('liger-entropy', { by: GRPO, where: TRAINER, since: '0.20' }, ({ options: o }) => {
    const quantile = numberOf(o, 'top_entropy_quantile');
    if (!isOn(o, 'use_liger_kernel') || quantile === undefined || quantile >= 1) return undefined;
    return exclusive(
      'top_entropy_quantile',
      'use_liger_kernel',
      say`the Liger loss cannot leave tokens out by their entropy`,
    );
  }),
  rejects('liger-off-policy', { by: GRPO, where: TRAINER, since: '0.27' }, ({ options: o }) => {
    if (!isOn(o, 'use_liger_kernel') || !isSet(o, 'off_policy_mask_threshold')) return undefined;
    return exclusive(
      'off_policy_mask_threshold',
      'use_liger_kernel',
      say`the Liger loss does not mask off-policy sequences`,
    );
  }),
  rejects('liger-entropy-bonus', { by: GRPO, where: TRAINER, since: '1.8' }, ({ options: o }) => {
    const coefficient = o.has('entropy_coef') ? numberOf(o, 'entropy_coef') : 0;
    const adaptive = o.has('use_adaptive_entropy') && isOn(o, 'use_adaptive_entropy');
    if (!isOn(o, 'use_liger_kernel') || (!coefficient && !adaptive)) return undefined;
    return exclusive(
      adaptive ? 'use_adaptive_entropy' : 'entropy_coef',
      'use_liger_kernel',
      say`the Liger loss has no entropy bonus`,
    );
  }),
  rejects('vespo-sampling', { by: GRPO, where: TRAINER, since: '1.0' }, ({ options: o }) => {
    if (textOf(o, 'loss_type') !== 'vespo' || !isOn(o, 'use_vllm')) return undefined;
    if (!isOn(o, 'vllm_importance_sampling_correction')) return undefined;
    const mode = textOf(o, 'vllm_importance_sampling_mode');
    if (mode === undefined || mode.startsWith('token_')) return undefined;
    return {
      at: o.has('vllm_importance_sampling_mode') ? 'vllm_importance_sampling_mode' : 'loss_type',
      with: ['loss_type'],
      message: say`the loss \`vespo\` corrects by tokens, not by \`${mode}\``,
      fixes: [setOption('vllm_importance_sampling_mode', 'token_truncate')],
    };
  }),
  rejects('sampling-clip', { by: GRPO, where: CONFIG, since: '1.10' }, (input) => {
    const { options: o } = input;
    const low = numberOf(o, 'vllm_importance_sampling_clip_min');
    const high = isSet(o, 'vllm_importance_sampling_cap')
      ? numberOf(o, 'vllm_importance_sampling_cap')
      : numberOf(o, 'vllm_importance_sampling_clip_max');
    if (low === undefined || high === undefined || low < high) return undefined;
    return {
      at: firstWritten(input, [
        'vllm_importance_sampling_clip_min',
        'vllm_importance_sampling_clip_max',
      ]),
      with: ['vllm_importance_sampling_clip_max'],
      message: say`the lower clip ${low} must lie below the upper one, ${high}`,
    };
  }),
  rejects('sampling-unclipped', { by: GRPO, where: CONFIG, since: '1.6' }, ({ options: o }) => {
    const mode = textOf(o, 'vllm_importance_sampling_mode');
    const keys = ['vllm_importance_sampling_clip_min', 'vllm_importance_sampling_clip_max'];
    if (mode?.endsWith('_truncate') !== true || keys.some((key) => !o.isNull(key)))
      return undefined;
    if (isSet(o, 'vllm_importance_sampling_cap')) return undefined;
    if (!isOn(o, 'vllm_importance_sampling_correction')) return undefined;
    return {
      at: 'vllm_importance_sampling_mode',
      message: say`\`${mode}\` cuts ratios off at a bound: set vllm_importance_sampling_clip_max`,
      fixes: [setOption('vllm_importance_sampling_clip_max', 3)],
    };
  }),
  rejects(
    'reward-scaling',
    { by: GRPO, where: TRAINER, since: '0.21', rule: 'bad-choice' },
    ({ options: o }) => {
      const value = o.has('scale_rewards') ? textOf(o, 'scale_rewards') : undefined;
      if (value === undefined || /^(?:true|false|group|batch|none)$/i.test(value)) return undefined;
      if (o.bool('scale_rewards').value === true || o.bool('scale_rewards').value === false)
        return undefined;
      return {
        at: 'scale_rewards',
        message: say`rewards scale by group, by batch or not at all (none), not by \`${value}\``,
      };
    },
  ),
]);

/** Reward functions that TRL's scripts know by name (scripts/grpo.py). */
const REWARDS = [
  'accuracy_reward',
  'reasoning_accuracy_reward',
  'think_format_reward',
  'get_soft_overlong_punishment',
];

const rewardChecks = lazy((): readonly Constraint[] => [
  rejects('reward-weights', { by: BOTH, where: TRAINER }, (input) => {
    const { options: o } = input;
    const weights = countOf(o, 'reward_weights');
    // A program hands its functions to the trainer.
    if (weights === undefined || inPython(input)) return undefined;
    const functions = o.has('reward_funcs') ? countOf(o, 'reward_funcs') : 0;
    if (functions === undefined) return undefined;
    const all = functions + (isSet(o, 'reward_model_name_or_path') ? 1 : 0);
    if (weights === Math.max(all, 1)) return undefined;
    return {
      at: 'reward_weights',
      with: ['reward_funcs'],
      message: say`reward_weights needs one weight for each reward function: ${weights} for ${all}`,
    };
  }),
  ...(['error', 'warning'] as const).map((severity) =>
    rejects(
      `reward-function-${severity}`,
      { by: ['grpo', 'rloo'], where: 'scripts/grpo.py', rule: 'bad-choice', severity },
      (input) => {
        // A script of one's own may know other names, but hardly ones so similar.
        const alone = standsAlone(input);
        if (alone === (severity === 'error')) return undefined;
        const names = known(input.options.texts('reward_funcs'));
        const wrong = input.options.has('reward_funcs')
          ? names?.find((name) => !REWARDS.includes(name) && !name.includes('.'))
          : undefined;
        const near = wrong === undefined ? [] : closest(wrong, REWARDS, 1);
        if (wrong === undefined || (alone && near.length === 0)) return undefined;
        return {
          at: 'reward_funcs',
          message: say`TRL has no reward function \`${wrong}\`: ${REWARDS.join(', ')}, or a dotted path to one's own`,
        };
      },
    ),
  ),
]);

/** The checks of GRPO and RLOO. */
export const grpoConstraints = lazy((): readonly Constraint[] => [
  ...batchChecks(),
  ...lossChecks(),
  ...rewardChecks(),
]);
