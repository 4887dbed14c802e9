import { known } from '../../run/sourced.ts';
import { closest } from '../../text/distance.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, isOn, isSet, numberOf, setOption, textOf } from '../constraint.ts';
import { firstWritten } from '../hf/generation-groups.ts';
import { countOf, exclusive, GRPO, inPython, RLOO, rejects, standsAlone } from './facts.ts';

const CONFIG = 'trainer/grpo_config.py';
const TRAINER = 'trainer/grpo_trainer.py';
const BOTH = [...GRPO, ...RLOO];

/** Losses that add up tokens, or what stands for them. */
const TOKEN_SUMS = ['bnpo', 'dr_grpo', 'dapo', 'cispo'];

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
  rejects(
    'sequence-level',
    { by: GRPO, where: TRAINER, since: '1.7', severity: 'warning' },
    ({ options: o }) => {
      const loss = textOf(o, 'loss_type');
      if (!o.has('importance_sampling_level') || loss === undefined) return undefined;
      if (textOf(o, 'importance_sampling_level') !== 'sequence' || !TOKEN_SUMS.includes(loss))
        return undefined;
      return {
        at: o.has('loss_type') ? 'loss_type' : 'importance_sampling_level',
        with: ['importance_sampling_level', 'loss_type'],
        message: say`weights of whole sequences go with the loss \`grpo\`: \`${loss}\` sums over tokens, so that long answers weigh more, which TRL warns of`,
        fixes: [setOption('loss_type', 'grpo')],
      };
    },
  ),
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
  ...lossChecks(),
  ...rewardChecks(),
]);
