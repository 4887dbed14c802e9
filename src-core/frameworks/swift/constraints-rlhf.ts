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
  type Violation,
} from '../constraint.ts';
import {
  exclusive,
  generates,
  hasTeacher,
  paddingFree,
  rejects,
  rlhfType,
  usesDeviceMap,
} from './facts.ts';

const RLHF = 'arguments/rlhf_args.py';

function check(id: string, test: (i: ConstraintInput, type: string) => Violation | undefined) {
  return rejects(id, RLHF, (input) => {
    const type = rlhfType(input);
    return type === undefined ? undefined : test(input, type);
  });
}

/** The loss types written, one or several. */
function losses({ options }: ConstraintInput): readonly string[] {
  return options.has('loss_type') ? (known(options.texts('loss_type')) ?? []) : [];
}

const common = lazy((): readonly Constraint[] => [
  check('needless-reference', ({ options: o }, type) => {
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
  check('padding-free-type', (i, type) => {
    const feature = paddingFree(i);
    if (feature === undefined || ['grpo', 'dpo', 'kto', 'gkd'].includes(type)) return undefined;
    return {
      at: feature,
      with: ['rlhf_type'],
      message: say`rlhf_type ${type} does not support ${feature}`,
      fixes: [removeOption(feature)],
    };
  }),
  check('sequence-parallel-type', ({ options: o }, type) => {
    const size = o.has('sequence_parallel_size') ? numberOf(o, 'sequence_parallel_size') : 1;
    if (size === undefined || size <= 1 || type === 'grpo' || type === 'dpo') return undefined;
    return {
      at: 'sequence_parallel_size',
      with: ['rlhf_type'],
      message: say`rlhf_type ${type} does not support sequence parallelism`,
      fixes: [setOption('sequence_parallel_size', 1)],
    };
  }),
  check('several-losses', (i, type) => {
    if (losses(i).length <= 1 || type === 'dpo') return undefined;
    return {
      at: 'loss_type',
      with: ['rlhf_type'],
      message: say`several loss types are for DPO, not for ${type}`,
    };
  }),
  check('loss-weights', (i, type) => {
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
  check('vllm-mode-without-vllm', (i, type) => {
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
  check('vllm-without-mode', (i, type) => {
    const { options: o } = i;
    if (!generates(type, i) || !isOn(o, 'use_vllm') || isSet(o, 'vllm_mode')) return undefined;
    return {
      at: 'use_vllm',
      message: say`use_vllm needs vllm_mode: colocate or server`,
      fixes: [setOption('vllm_mode', 'colocate')],
    };
  }),
  check('vllm-server-without-host', (i, type) => {
    const { options: o } = i;
    if (!generates(type, i) || !isOn(o, 'use_vllm') || textOf(o, 'vllm_mode') !== 'server')
      return undefined;
    if (isSet(o, 'vllm_server_host') || isSet(o, 'vllm_server_base_url')) return undefined;
    return {
      at: 'vllm_mode',
      message: say`vllm_mode server needs vllm_server_host or vllm_server_base_url`,
    };
  }),
  check('async-without-server', (i, type) => {
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
  check('vllm-device-map', (i, type) => {
    if (!generates(type, i) || !isOn(i.options, 'use_vllm') || !usesDeviceMap(i)) return undefined;
    return {
      at: 'use_vllm',
      message: say`several GPUs are visible to one process (device_map), and vLLM needs one process for each: set NPROC_PER_NODE`,
    };
  }),
  check('async-with-turns', ({ options: o }, type) => {
    if (type !== 'grpo' || !isOn(o, 'async_generate') || !isSet(o, 'multi_turn_scheduler'))
      return undefined;
    return exclusive(
      'async_generate',
      'multi_turn_scheduler',
      say`async_generate does not work with several turns`,
    );
  }),
]);

function notUnderLiger(key: string, asked: (o: Options, key: string) => boolean): Constraint {
  return check(`grpo-liger-${key}`, ({ options: o }, type) => {
    if (type !== 'grpo' || !isOn(o, 'use_liger_kernel') || !asked(o, key)) return undefined;
    return exclusive('use_liger_kernel', key, say`the Liger loss of GRPO does not support ${key}`);
  });
}

const grpo = lazy((): readonly Constraint[] => [
  check('grpo-cached-data', ({ options: o }, type) => {
    const key = ['cached_dataset', 'cached_val_dataset'].find((name) => isSet(o, name));
    if (type !== 'grpo' || key === undefined) return undefined;
    return {
      at: key,
      with: ['rlhf_type'],
      message: say`${key} is not supported for GRPO`,
      fixes: [removeOption(key)],
    };
  }),
  check('grpo-truncation', ({ options: o }, type) => {
    const way = isSet(o, 'truncation_strategy') ? textOf(o, 'truncation_strategy') : undefined;
    if (type !== 'grpo' || way === undefined || way === 'left' || way === 'delete')
      return undefined;
    return {
      at: 'truncation_strategy',
      message: say`GRPO truncates by left or delete, not by ${way}`,
      fixes: [setOption('truncation_strategy', 'left')],
    };
  }),
  check('grpo-one-generation', (i, type) => {
    if (type !== 'grpo' || hasTeacher(i) || numberOf(i.options, 'num_generations') !== 1)
      return undefined;
    return {
      at: 'num_generations',
      message: say`GRPO compares answers of one prompt: num_generations must be above 1`,
      fixes: [setOption('num_generations', 8)],
    };
  }),
  check('soft-overlong-cache', ({ options: o }, type) => {
    const rewards = o.has('reward_funcs') ? (known(o.texts('reward_funcs')) ?? []) : [];
    if (type !== 'grpo' || !rewards.includes('soft_overlong') || isSet(o, 'soft_cache_length'))
      return undefined;
    return { at: 'reward_funcs', message: say`the soft_overlong reward needs soft_cache_length` };
  }),
  ...['delta', 'off_policy_sequence_mask_delta'].map((key) => notUnderLiger(key, isSet)),
  ...['padding_free', 'log_entropy'].map((key) => notUnderLiger(key, isOn)),
  check('grpo-liger-sequence', ({ options: o }, type) => {
    const size = o.has('sequence_parallel_size') ? (numberOf(o, 'sequence_parallel_size') ?? 1) : 1;
    if (type !== 'grpo' || !isOn(o, 'use_liger_kernel') || size <= 1) return undefined;
    return exclusive(
      'use_liger_kernel',
      'sequence_parallel_size',
      say`the Liger loss of GRPO does not support sequence parallelism`,
    );
  }),
  check('grpo-liger-entropy', ({ options: o }, type) => {
    const share = o.has('top_entropy_quantile') ? (numberOf(o, 'top_entropy_quantile') ?? 1) : 1;
    if (type !== 'grpo' || !isOn(o, 'use_liger_kernel') || share >= 1) return undefined;
    return exclusive(
      'use_liger_kernel',
      'top_entropy_quantile',
      say`the Liger loss of GRPO does not support an entropy mask`,
    );
  }),
  check('grpo-liger-estimator', ({ options: o }, type) => {
    const name = o.has('advantage_estimator')
      ? (textOf(o, 'advantage_estimator') ?? 'grpo')
      : 'grpo';
    if (type !== 'grpo' || !isOn(o, 'use_liger_kernel') || name === 'grpo') return undefined;
    return exclusive(
      'use_liger_kernel',
      'advantage_estimator',
      say`the Liger loss of GRPO takes the grpo estimator alone`,
    );
  }),
]);

const teacher = lazy((): readonly Constraint[] => [
  check('two-teachers', (i, type) => {
    const { options: o } = i;
    if (!generates(type, i) || !isSet(o, 'teacher_model') || !isSet(o, 'teacher_model_server'))
      return undefined;
    return exclusive(
      'teacher_model',
      'teacher_model_server',
      say`teacher_model and teacher_model_server exclude each other`,
    );
  }),
  check('teacher-liger', (i, type) => {
    if (type !== 'grpo' || !hasTeacher(i) || !isOn(i.options, 'use_liger_kernel')) return undefined;
    return exclusive(
      'use_liger_kernel',
      'teacher_model',
      say`GRPO with a teacher does not work with Liger kernels`,
    );
  }),
  check('self-distillation-liger', (i, type) => {
    if (type !== 'gkd' || hasTeacher(i) || !isOn(i.options, 'use_liger_kernel')) return undefined;
    return {
      at: 'use_liger_kernel',
      message: say`GKD without a teacher distils from itself, which Liger kernels do not support`,
      fixes: [removeOption('use_liger_kernel')],
    };
  }),
  check('gkd-topk-missing', ({ options: o }, type) => {
    if (type !== 'gkd' || !isSet(o, 'teacher_model_server') || isSet(o, 'gkd_logits_topk'))
      return undefined;
    return {
      at: 'teacher_model_server',
      message: say`a teacher server gives only its top logits: set gkd_logits_topk`,
      fixes: [setOption('gkd_logits_topk', 20)],
    };
  }),
  check('gkd-topk-range', ({ options: o }, type) => {
    const top = isSet(o, 'gkd_logits_topk') ? numberOf(o, 'gkd_logits_topk') : undefined;
    if (type !== 'gkd' || top === undefined || top > 0) return undefined;
    return { at: 'gkd_logits_topk', message: say`gkd_logits_topk must be above 0, not ${top}` };
  }),
  check('gkd-topk-liger', ({ options: o }, type) => {
    if (type !== 'gkd' || !isSet(o, 'gkd_logits_topk') || !isOn(o, 'use_liger_kernel'))
      return undefined;
    return exclusive(
      'gkd_logits_topk',
      'use_liger_kernel',
      say`gkd_logits_topk does not work with Liger kernels`,
    );
  }),
  ...['async_generate', 'seq_kd'].map((key) =>
    check(`gkd-${key}`, ({ options: o }, type) => {
      if (type !== 'gkd' || !isOn(o, key)) return undefined;
      return {
        at: key,
        with: ['rlhf_type'],
        message: say`GKD does not support ${key}`,
        fixes: [removeOption(key)],
      };
    }),
  ),
]);

/** The checks of `swift rlhf`. */
export const rlhfConstraints = lazy(() =>
  [common, rollout, grpo, teacher].flatMap((checks) => checks()),
);
