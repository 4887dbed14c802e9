import { known } from '../../run/sourced.ts';
import { closest } from '../../text/distance.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  isSet,
  mayBeOn,
  setOption,
  textOf,
  type Violation,
} from '../constraint.ts';
import { olderThan } from '../since.ts';
import { hasTeacher, needs, rejects, scopeOf } from './facts.ts';
import { isMegatron } from './megatron.ts';

/** The rewards that ms-swift has of its own, since 3.3 (rewards/orm.py). */
const REWARDS = [
  ...['toolbench', 'math', 'accuracy', 'format', 'react_format', 'cosine', 'repetition'],
  'soft_overlong',
];

/** Files of the user's that may register more. */
const registers = ({ options: o }: ConstraintInput): boolean =>
  isSet(o, 'external_plugins') || isSet(o, 'custom_register_path');

/** Whether an environment gives rewards: that of the rollout server may as well. */
const hasGym = ({ options: o }: ConstraintInput): boolean =>
  mayBeOn(o, 'use_gym_env') || isSet(o, 'gym_env') || textOf(o, 'vllm_mode') === 'server';

function ofGrpo(id: string, check: (input: ConstraintInput) => Violation | undefined): Constraint {
  return rejects(`rewards-${id}`, 'rlhf_trainers/grpo_trainer.py', (input) => {
    const { options, recognized, context } = input;
    // Megatron learnt it in 3.11.
    const early = isMegatron(recognized) && olderThan(context, 'swift', '3.11');
    const rlhf = /^(?:megatron )?rlhf$/.test(scopeOf(recognized)) && !early;
    return rlhf && textOf(options, 'rlhf_type') === 'grpo' ? check(input) : undefined;
  });
}

/** Where the rewards of GRPO come from. */
export const rewardConstraints = lazy((): readonly Constraint[] => [
  ofGrpo('missing', (input) => {
    const { options: o } = input;
    if (isSet(o, 'reward_funcs') || isSet(o, 'reward_model')) return undefined;
    if (hasTeacher(input) || hasGym(input)) return undefined;
    return needs('rlhf_type', 'reward_funcs', 'rlhf_type grpo');
  }),
  {
    // A copy of the source may have more.
    ...ofGrpo('unknown', (input) => {
      const { options: o } = input;
      const names = o.has('reward_funcs') ? (known(o.texts('reward_funcs')) ?? []) : [];
      const odd = names.find((name) => /^\w+$/.test(name) && !REWARDS.includes(name));
      if (odd === undefined || registers(input)) return undefined;
      const near = names.length === 1 ? closest(odd, REWARDS) : [];
      return {
        at: 'reward_funcs',
        message: say`there is no reward \`${odd}\`: ${REWARDS.join(', ')}, or one that --external_plugins registers`,
        fixes: near.map((name) => setOption('reward_funcs', name)),
      };
    }),
    severity: 'warning',
  },
  ofGrpo('weights', (input) => {
    const { options: o } = input;
    if (!o.has('reward_weights') || isSet(o, 'reward_model') || hasGym(input)) return undefined;
    const rewards = o.has('reward_funcs') ? known(o.texts('reward_funcs'))?.length : undefined;
    const weights = known(o.texts('reward_weights'))?.length;
    if (!rewards || !weights || rewards === weights) return undefined;
    return {
      at: 'reward_weights',
      with: ['reward_funcs'],
      message: say`${weights} reward_weights for ${rewards} reward_funcs`,
    };
  }),
]);
