import type { Options } from '../../run/options.ts';
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
} from '../constraint.ts';
import { teacherConstraints } from './constraints-teacher.ts';
import { exclusive, generates, hasTeacher, ofRlhf, paddingFree, usesDeviceMap } from './facts.ts';

/** The loss types written, one or several. */
function losses({ options }: ConstraintInput): readonly string[] {
  return options.has('loss_type') ? (known(options.texts('loss_type')) ?? []) : [];
}

const common = lazy((): readonly Constraint[] => [
  ofRlhf('needless-reference', ({ options: o }, type) => {
    if (!isSet(o, 'ref_model')) return undefined;
    const beta0 = type === 'grpo' && o.has('beta') && numberOf(o, 'beta') === 0;
    const compares = ['dpo', 'kto', 'ppo', 'grpo'].includes(type);
    const tuner = o.has('tuner_type') ? textOf(o, 'tuner_type') : 'lora';
    if (beta0 || tuner === undefined || (compares && tuner === 'full')) return undefined;
    return {
      at: 'ref_model',
      with: ['rlhf_type', 'tuner_type'],
      message: say`CPO, ORPO and adapter training take no ref_model: the base model without its adapter is the reference`,
      fixes: [removeOption('ref_model')],
    };
  }),
  ofRlhf('padding-free-type', (i, type) => {
    const feature = paddingFree(i);
    if (feature === undefined || ['grpo', 'dpo', 'kto', 'gkd'].includes(type)) return undefined;
    return {
      at: feature,
      with: ['rlhf_type'],
      message: say`rlhf_type ${type} does not support ${feature}`,
      fixes: [removeOption(feature)],
    };
  }),
  ofRlhf('sequence-parallel-type', ({ options: o }, type) => {
    const size = o.has('sequence_parallel_size') ? numberOf(o, 'sequence_parallel_size') : 1;
    if (size === undefined || size <= 1 || type === 'grpo' || type === 'dpo') return undefined;
    return {
      at: 'sequence_parallel_size',
      with: ['rlhf_type'],
      message: say`rlhf_type ${type} does not support sequence parallelism`,
      fixes: [setOption('sequence_parallel_size', 1)],
    };
  }),
  ofRlhf('several-losses', (i, type) => {
    if (losses(i).length <= 1 || type === 'dpo') return undefined;
    return {
      at: 'loss_type',
      with: ['rlhf_type'],
      message: say`several loss types are for DPO, not for ${type}`,
    };
  }),
  ofRlhf('loss-weights', (i, type) => {
    const weights = i.options.has('loss_weights')
      ? known(i.options.texts('loss_weights'))
      : undefined;
    if (weights === undefined) return undefined;
    if (type !== 'dpo')
      return {
        at: 'loss_weights',
        with: ['rlhf_type'],
        message: say`loss_weights is for DPO, not for ${type}`,
        fixes: [removeOption('loss_weights')],
      };
    const count = i.options.has('loss_type') ? losses(i).length : 1;
    if (count === 0 || weights.length === count) return undefined;
    return {
      at: 'loss_weights',
      with: ['loss_type'],
      message: say`${weights.length} loss weights for ${count} loss types`,
    };
  }),
]);

const rollout = lazy((): readonly Constraint[] => [
  ofRlhf('vllm-mode-without-vllm', (i, type) => {
    const { options: o } = i;
    if (!generates(type, i) || !isSet(o, 'vllm_mode') || isOn(o, 'use_vllm')) return undefined;
    if (o.has('use_vllm') && o.bool('use_vllm').value !== false) return undefined;
    return {
      at: 'vllm_mode',
      with: ['use_vllm'],
      message: say`vllm_mode needs use_vllm true`,
      fixes: [setOption('use_vllm', true), removeOption('vllm_mode')],
    };
  }),
  ofRlhf('vllm-without-mode', (i, type) => {
    const { options: o } = i;
    if (!generates(type, i) || !isOn(o, 'use_vllm') || isSet(o, 'vllm_mode')) return undefined;
    return {
      at: 'use_vllm',
      message: say`use_vllm needs vllm_mode: colocate or server`,
      fixes: [setOption('vllm_mode', 'colocate')],
    };
  }),
  ofRlhf('vllm-server-without-host', (i, type) => {
    const { options: o } = i;
    if (!generates(type, i) || !isOn(o, 'use_vllm') || textOf(o, 'vllm_mode') !== 'server')
      return undefined;
    if (isSet(o, 'vllm_server_host') || isSet(o, 'vllm_server_base_url')) return undefined;
    return {
      at: 'vllm_mode',
      message: say`vllm_mode server needs vllm_server_host or vllm_server_base_url`,
    };
  }),
  ofRlhf('async-without-server', (i, type) => {
    const { options: o } = i;
    const mode = o.has('vllm_mode') ? textOf(o, 'vllm_mode') : 'none';
    if (
      !generates(type, i) ||
      !isOn(o, 'async_generate') ||
      mode === 'server' ||
      mode === undefined
    )
      return undefined;
    return {
      at: 'async_generate',
      with: ['vllm_mode'],
      message: say`async_generate needs vllm_mode server`,
      fixes: [removeOption('async_generate')],
    };
  }),
  ofRlhf('vllm-device-map', (i, type) => {
    if (!generates(type, i) || !isOn(i.options, 'use_vllm') || !usesDeviceMap(i)) return undefined;
    return {
      at: 'use_vllm',
      message: say`several GPUs are visible to one process (device_map), and vLLM needs one process for each: set NPROC_PER_NODE`,
    };
  }),
  ofRlhf('async-with-turns', ({ options: o }, type) => {
    if (type !== 'grpo' || !isOn(o, 'async_generate') || !isSet(o, 'multi_turn_scheduler'))
      return undefined;
    return exclusive(
      'async_generate',
      'multi_turn_scheduler',
      say`async_generate does not work with several turns`,
    );
  }),
]);

function notUnderLiger(
  key: string,
  asked: (o: Options, key: string) => boolean,
  id = key,
): Constraint {
  return ofRlhf(`grpo-liger-${id}`, ({ options: o }, type) => {
    if (type !== 'grpo' || !isOn(o, 'use_liger_kernel') || !asked(o, key)) return undefined;
    return exclusive('use_liger_kernel', key, say`the Liger loss of GRPO does not support ${key}`);
  });
}

/** The number written, else what leaves an option alone. */
function wrote(o: Options, key: string, fallback: number): number {
  return o.has(key) ? (numberOf(o, key) ?? fallback) : fallback;
}

const grpo = lazy((): readonly Constraint[] => [
  ofRlhf('grpo-cached-data', ({ options: o }, type) => {
    const key = ['cached_dataset', 'cached_val_dataset'].find((name) => isSet(o, name));
    if (type !== 'grpo' || key === undefined) return undefined;
    return {
      at: key,
      with: ['rlhf_type'],
      message: say`${key} is not supported for GRPO`,
      fixes: [removeOption(key)],
    };
  }),
  ofRlhf('grpo-truncation', ({ options: o }, type) => {
    const way = isSet(o, 'truncation_strategy') ? textOf(o, 'truncation_strategy') : undefined;
    if (type !== 'grpo' || way === undefined || way === 'left' || way === 'delete')
      return undefined;
    return {
      at: 'truncation_strategy',
      message: say`GRPO truncates by left or delete, not by ${way}`,
      fixes: [setOption('truncation_strategy', 'left')],
    };
  }),
  ofRlhf('grpo-one-generation', (i, type) => {
    if (type !== 'grpo' || hasTeacher(i) || numberOf(i.options, 'num_generations') !== 1)
      return undefined;
    return {
      at: 'num_generations',
      message: say`GRPO compares answers of one prompt: num_generations must be above 1`,
      fixes: [setOption('num_generations', 8)],
    };
  }),
  ofRlhf('soft-overlong-cache', ({ options: o }, type) => {
    const rewards = o.has('reward_funcs') ? (known(o.texts('reward_funcs')) ?? []) : [];
    if (type !== 'grpo' || !rewards.includes('soft_overlong') || isSet(o, 'soft_cache_length'))
      return undefined;
    return { at: 'reward_funcs', message: say`the soft_overlong reward needs soft_cache_length` };
  }),
  ...['delta', 'off_policy_sequence_mask_delta'].map((key) => notUnderLiger(key, isSet)),
  ...['padding_free', 'log_entropy'].map((key) => notUnderLiger(key, isOn)),
  notUnderLiger('sequence_parallel_size', (o, key) => wrote(o, key, 1) > 1, 'sequence'),
  notUnderLiger('top_entropy_quantile', (o, key) => wrote(o, key, 1) < 1, 'entropy'),
  notUnderLiger(
    'advantage_estimator',
    (o, key) => o.has(key) && (textOf(o, key) ?? 'grpo') !== 'grpo',
    'estimator',
  ),
]);

/** The checks of `swift rlhf`. */
export const rlhfConstraints = lazy(() =>
  [common, rollout, grpo, teacherConstraints].flatMap((checks) => checks()),
);
