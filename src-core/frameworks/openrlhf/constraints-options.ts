import type { KeyProblem } from '../../run/problem.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  isOff,
  isOn,
  isSet,
  mayBeOn,
  numberOf,
  removeOption,
  setOption,
  textOf,
} from '../constraint.ts';
import { checks, differing, processes } from './checks.ts';

type Options = ConstraintInput['options'];

const PPO = 'cli/train_ppo_ray.py';
const [REMOTE, AGENT] = ['reward.remote_url', 'train.agent_func_path'] as const;
const PACKING = 'ds.packing_samples';
const DTYPE = 'ds.param_dtype';
const GENERATED = 'rollout.vllm_generate_batch_size';
const BATCH = 'rollout.batch_size';
const IMAGES = 'data.max_images_per_prompt';
const ESTIMATOR = 'algo.advantage.estimator';

/** Whether no function of one's own rewards the answers. */
function noRewarder(o: Options): boolean {
  return !isSet(o, REMOTE) && !isSet(o, AGENT);
}

const needs = lazy((): readonly Constraint[] => [
  checks('turns-template', 'cli/train_sft.py', false, ({ options: o }) => {
    const [key, other] = ['data.multiturn', 'data.apply_chat_template'] as const;
    if (!isOn(o, key) || !isOff(o, other)) return undefined;
    return {
      at: key,
      message: say`\`${key}\` needs \`${other}\``,
      fixes: [setOption(other, true)],
    };
  }),
  ...['eval.dataset', 'algo.dynamic_filtering_enable'].map((key) =>
    checks(`${key}-rewards`, PPO, true, ({ options: o }) => {
      if (!(isSet(o, key) && o.bool(key).value !== false) || !noRewarder(o)) return undefined;
      return {
        at: key,
        message: say`\`${key}\` needs \`${REMOTE}\` or \`${AGENT}\``,
        fixes: [removeOption(key)],
      };
    }),
  ),
  {
    ...checks('no-rewards', PPO, true, ({ options: o }) => {
      const key = 'reward.model_name_or_path';
      // An excerpt that names no prompts shows something else.
      if (!isSet(o, 'data.prompt_dataset') || isSet(o, key) || !noRewarder(o)) return undefined;
      return {
        at: key,
        message: say`nothing rewards the answers: name \`${key}\`, \`${REMOTE}\` or \`${AGENT}\``,
      };
    }),
    rule: 'missing-key',
  },
  ...(['ds.load_in_4bit', 'ds.tensor_parallel_size'] as const).map((key) =>
    checks(`${key}-dtype`, 'utils/deepspeed/deepspeed.py, models/actor.py', undefined, (input) => {
      const { options: o } = input;
      const isAsked = key === 'ds.load_in_4bit' ? isOn(o, key) : (numberOf(o, key) ?? 1) > 1;
      if (!isAsked || textOf(o, DTYPE) !== 'fp16') return undefined;
      return {
        at: DTYPE,
        with: [key],
        message: say`\`${key}\` needs \`${DTYPE} bf16\``,
        fixes: [setOption(DTYPE, 'bf16')],
      };
    }),
  ),
]);

const rollouts = lazy((): readonly Constraint[] => [
  checks('packing-engines', PPO, true, ({ options: o }) => {
    const key = [PACKING, 'train.dynamic_batch_enable'].find((one) => isOn(o, one));
    const engines = 'vllm.num_engines';
    if (key === undefined || (isSet(o, engines) && numberOf(o, engines) !== 0)) return undefined;
    return {
      at: key,
      with: [engines],
      message: say`\`${key}\` needs \`${engines}\``,
      fixes: [removeOption(key)],
    };
  }),
  checks('generated-batch', PPO, true, ({ options: o }) => {
    const [generated, batch] = [numberOf(o, GENERATED), numberOf(o, BATCH)];
    if (generated === undefined || batch === undefined || generated <= batch) return undefined;
    if (!isOff(o, 'train.async_enable')) return undefined;
    return {
      at: GENERATED,
      with: [BATCH],
      message: say`\`${GENERATED}\` (${generated}) above \`${BATCH}\` (${batch}) needs \`${'train.async_enable'}\``,
      fixes: [setOption(GENERATED, batch)],
    };
  }),
  checks('batches-of-actor', PPO, true, (input) => {
    const { options: o } = input;
    const micro = 'rollout.micro_batch_size';
    const [samples, batch, size, ring, tensor] = [
      'rollout.n_samples_per_prompt',
      BATCH,
      micro,
      'ds.ring_attn_size',
      'ds.tensor_parallel_size',
    ].map((key) => numberOf(o, key));
    const world = processes(input);
    if (!samples || !batch || !size || !ring || !tensor || world === undefined) return undefined;
    const groups = Math.floor(Math.floor(world / ring) / tensor);
    const batches = Math.floor((samples * batch) / size);
    if (batches >= groups) return undefined;
    return {
      at: o.has(BATCH) ? BATCH : micro,
      with: [micro, 'rollout.n_samples_per_prompt', 'actor.num_gpus_per_node'],
      message: say`a rollout has ${batches} micro batches, fewer than the ${groups} processes of the actor`,
    };
  }),
  checks('colocated-critic', PPO, true, ({ options: o }) => {
    if (!isOn(o, 'train.colocate_critic_reward') || textOf(o, ESTIMATOR) !== 'gae')
      return undefined;
    return differing(o, 'critic', 'reward');
  }),
  checks('image-critic', PPO, true, ({ options: o }) => {
    if ((numberOf(o, IMAGES) ?? 0) <= 0) return undefined;
    if (isOn(o, PACKING))
      return {
        at: PACKING,
        with: [IMAGES],
        message: say`\`${PACKING}\` and \`${IMAGES}\` exclude each other`,
        fixes: [removeOption(PACKING)],
      };
    if (textOf(o, ESTIMATOR) !== 'gae') return undefined;
    return {
      at: o.has(ESTIMATOR) ? ESTIMATOR : IMAGES,
      with: [IMAGES],
      message: say`\`gae\` trains a critic, which images do not work with: take another estimator`,
    };
  }),
]);

/** What a script says in its log, and goes on. */
function notes(rule: KeyProblem['rule'], check: Constraint): Constraint {
  return { ...check, severity: 'warning', rule };
}

const TEMPLATE = 'data.input_template';

const dropped = lazy((): readonly Constraint[] => [
  notes(
    'ignored-key',
    checks('sleep-alone', PPO, true, ({ options: o }) => {
      const [key, other] = ['vllm.enable_sleep', 'train.colocate_all'] as const;
      if (!isOn(o, key) || mayBeOn(o, other)) return undefined;
      return {
        at: key,
        message: say`\`${key}\` counts with \`${other}\` alone`,
        fixes: [removeOption(key)],
      };
    }),
  ),
  notes(
    'ignored-key',
    checks('template-place', 'cli/train_sft.py', undefined, ({ options: o }) => {
      const text = templateOf(o);
      if (text === undefined || text.includes('{}')) return undefined;
      return {
        at: TEMPLATE,
        message: say`\`${TEMPLATE}\` has no {} for the prompt: it is dropped`,
        fixes: [removeOption(TEMPLATE)],
      };
    }),
  ),
  notes(
    'bad-choice',
    checks('template-lines', 'cli/train_sft.py', undefined, ({ options: o }) => {
      const text = templateOf(o);
      if (text?.includes('{}') !== true || !text.includes('\\n')) return undefined;
      return {
        at: TEMPLATE,
        message: say`the model sees a backslash and an n here, not a new line: bash makes one of \\n in $'...'`,
      };
    }),
  ),
  notes(
    'overridden-key',
    checks('packing-attention', 'cli/train_sft.py', undefined, ({ options: o }) => {
      const key = 'ds.attn_implementation';
      const name = o.has(key) ? textOf(o, key) : undefined;
      if (!isOn(o, PACKING) || name === undefined || name.includes('flash_attention'))
        return undefined;
      return {
        at: key,
        with: [PACKING],
        message: say`packed samples run under flash_attention_2, not under ${name}`,
        fixes: [setOption(key, 'flash_attention_2')],
      };
    }),
  ),
]);

function templateOf(o: Options): string | undefined {
  return isSet(o, TEMPLATE) ? textOf(o, TEMPLATE) || undefined : undefined;
}

/** Options that want others, what a rollout must fit, and what is dropped with a line in the log. */
export const optionConstraints = lazy((): readonly Constraint[] => [
  ...needs(),
  ...rollouts(),
  ...dropped(),
]);
