import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import {
  type Constraint,
  isOff,
  isOn,
  isSet,
  numberOf,
  removeOption,
  setOption,
  textOf,
} from '../constraint.ts';
import { olderThan } from '../since.ts';
import { checks, differing, isRay, processes, product } from './checks.ts';
import { optionConstraints } from './constraints-options.ts';

const batches = lazy((): readonly Constraint[] => [
  checks(
    'train-batch',
    'utils/deepspeed/deepspeed.py:110, and DeepSpeed deepspeed/runtime/config.py:938',
    undefined,
    (input) => {
      const { options: o } = input;
      const [whole, micro] = [
        numberOf(o, 'train.batch_size'),
        numberOf(o, 'train.micro_batch_size'),
      ];
      const world = processes(input);
      const alone = ['ds.ring_attn_size', 'ds.tensor_parallel_size'].every(
        (key) => numberOf(o, key) === 1,
      );
      if (!alone || (isRay(input) && !isOff(o, 'train.dynamic_batch_enable'))) return undefined;
      if (whole === undefined || !micro || !world || whole % (micro * world) === 0)
        return undefined;
      return {
        at: o.has('train.batch_size') ? 'train.batch_size' : 'train.micro_batch_size',
        with: ['train.micro_batch_size'],
        message: say`\`train.batch_size\` (${whole}) is no multiple of \`train.micro_batch_size\` (${micro}) times the ${world} processes`,
      };
    },
  ),
  checks('ring-packing', 'cli/train_sft.py', false, ({ options: o }) => {
    if ((numberOf(o, 'ds.ring_attn_size') ?? 1) <= 1 || !isOff(o, 'ds.packing_samples'))
      return undefined;
    return {
      at: 'ds.ring_attn_size',
      message: say`\`${'ds.ring_attn_size'}\` above 1 needs \`${'ds.packing_samples'}\``,
      fixes: [setOption('ds.packing_samples', true)],
    };
  }),
]);

/** Estimators that compare the answers to a prompt. */
const OF_GROUPS = ['rloo', 'reinforce_baseline', 'group_norm', 'dr_grpo'];

const ppo = lazy((): readonly Constraint[] => [
  checks('samples-of-prompt', 'cli/train_ppo_ray.py:612', true, ({ options: o, context }) => {
    const estimator = textOf(o, 'algo.advantage.estimator');
    const samples = numberOf(o, 'rollout.n_samples_per_prompt');
    if (estimator === undefined || samples === undefined || samples > 1) return undefined;
    if (!OF_GROUPS.includes(estimator)) return undefined;
    if (estimator === 'dr_grpo' && olderThan(context, 'openrlhf', '0.11.0')) return undefined;
    return {
      at: 'algo.advantage.estimator',
      with: ['rollout.n_samples_per_prompt'],
      message: say`\`${estimator}\` compares the answers to a prompt: \`rollout.n_samples_per_prompt\` must be above 1`,
      fixes: [setOption('rollout.n_samples_per_prompt', 8)],
    };
  }),
  checks('filtering-samples', 'cli/train_ppo_ray.py', true, ({ options: o }) => {
    const samples = numberOf(o, 'rollout.n_samples_per_prompt');
    if (!isOn(o, 'algo.dynamic_filtering_enable') || samples === undefined || samples > 1)
      return undefined;
    return {
      at: 'algo.dynamic_filtering_enable',
      with: ['rollout.n_samples_per_prompt'],
      message: say`\`${'algo.dynamic_filtering_enable'}\` compares the answers to a prompt: \`rollout.n_samples_per_prompt\` must be above 1`,
      fixes: [removeOption('algo.dynamic_filtering_enable')],
    };
  }),
  checks('colocated-engines', 'cli/train_ppo_ray.py:56', true, (input) => {
    const { options: o } = input;
    if (!isOn(o, 'train.colocate_all') || !isOff(o, 'train.async_enable')) return undefined;
    const engines = product(o, 'vllm.num_engines', 'vllm.tensor_parallel_size');
    const actors = processes(input);
    if (!isSet(o, 'vllm.num_engines') || !engines || actors === undefined || engines === actors)
      return undefined;
    return {
      at: 'vllm.num_engines',
      with: ['train.colocate_all', 'vllm.tensor_parallel_size', 'actor.num_gpus_per_node'],
      message: say`\`train.colocate_all\` wants as many GPUs for vLLM (${engines}) as for the actor (${actors})`,
    };
  }),
  checks('colocated-reference', 'cli/train_ppo_ray.py:47', true, ({ options: o }) => {
    const together = isOn(o, 'train.colocate_all') || isOn(o, 'train.colocate_actor_ref');
    if (!together || !((numberOf(o, 'algo.kl.init_coef') ?? 0) > 0)) return undefined;
    return differing(o, 'actor', 'ref');
  }),
  checks('partial-rollout', 'cli/train_ppo_ray.py', true, ({ options: o }) => {
    if (!isOn(o, 'train.partial_rollout_enable') || !isOff(o, 'train.async_enable'))
      return undefined;
    return {
      at: 'train.partial_rollout_enable',
      message: say`\`${'train.partial_rollout_enable'}\` needs \`${'train.async_enable'}\``,
      fixes: [setOption('train.async_enable', true), removeOption('train.partial_rollout_enable')],
    };
  }),
  checks('async-sleep', 'cli/train_ppo_ray.py', true, ({ options: o }) => {
    const all = ['train.async_enable', 'vllm.enable_sleep', 'train.colocate_all'];
    if (!all.every((key) => isOn(o, key))) return undefined;
    return {
      at: 'vllm.enable_sleep',
      with: ['train.async_enable'],
      message: say`\`${'vllm.enable_sleep'}\` and \`${'train.async_enable'}\` exclude each other`,
      fixes: [removeOption('vllm.enable_sleep')],
    };
  }),
]);

/** What OpenRLHF's scripts check before they train, and DeepSpeed as they set it up. */
export const openRlhfConstraints = lazy((): readonly Constraint[] => [
  ...batches(),
  ...ppo(),
  ...optionConstraints(),
]);
