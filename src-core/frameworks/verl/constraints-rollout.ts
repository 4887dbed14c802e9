import { closest } from '../../text/distance.ts';
import { lazy } from '../../text/lazy.ts';
import { type Phrase, say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  isOff,
  isSet,
  numberOf,
  setOption,
  textOf,
} from '../constraint.ts';
import { ACTOR, checks, gpus, isExcerpt } from './checks.ts';

const ROLLOUT = 'actor_rollout_ref.rollout';
const [TENSOR, DATA, PIPELINE, EXPERT] = ['tensor_model', 'data', 'pipeline_model', 'expert'].map(
  (kind) => `${ROLLOUT}.${kind}_parallel_size`,
) as [string, string, string, string];

/** GPUs that one engine of the rollout takes. */
function engineOf({ options: o }: ConstraintInput): number | undefined {
  if (isSet(o, `${ROLLOUT}.disaggregation.enabled`)) return undefined;
  return product(o, [TENSOR, DATA, PIPELINE]);
}

function product(o: ConstraintInput['options'], keys: readonly string[]): number | undefined {
  return keys
    .map((key) => numberOf(o, key))
    .reduce((a, b) => (a === undefined || b === undefined ? undefined : a * b), 1);
}

function notShared(world: number, each: number): Phrase {
  return say`the GPUs of the run (${world}) are no multiple of those that one copy of the model takes (${each})`;
}

const engines = lazy((): readonly Constraint[] => [
  // https://github.com/verl-project/verl/issues/1191
  checks('rollout-gpus', 'verl/workers/engine_workers.py', '0.2', (input) => {
    const { options: o } = input;
    const [each, world] = [engineOf(input), gpus(input)];
    if (!each || !world || world % each === 0) return undefined;
    const isWritten = o.has(TENSOR);
    if (!isWritten && isExcerpt(input)) return undefined;
    return {
      at: isWritten ? TENSOR : 'trainer.n_gpus_per_node',
      with: ['trainer.n_gpus_per_node', 'trainer.nnodes', DATA],
      message: isWritten
        ? notShared(world, each)
        : say`a rollout engine takes ${each} GPUs unless \`${TENSOR}\` is written, and the run has ${world}`,
      fixes: world % (each / (numberOf(o, TENSOR) || 1)) === 0 ? [setOption(TENSOR, 1)] : [],
    };
  }),
  checks('megatron-gpus', 'verl/utils/config.py', '0.4.0', (input) => {
    const { options: o, recognized } = input;
    const keys = ['tensor_model', 'pipeline_model', 'context'].map(
      (kind) => `${ACTOR}.megatron.${kind}_parallel_size`,
    );
    const [each, world] = [product(o, keys), gpus(input)];
    if (recognized.sections[0]?.scope.id !== 'ppo_megatron_trainer' || !each || !world)
      return undefined;
    const at = keys.find((key) => o.has(key));
    if (at === undefined || world % each === 0) return undefined;
    return {
      at,
      with: [...keys, 'trainer.n_gpus_per_node', 'trainer.nnodes'].filter((key) => key !== at),
      message: notShared(world, each),
    };
  }),
  checks('rollout-experts', 'verl/workers/config/rollout.py', '0.6.0', ({ options: o }) => {
    const [experts, tensor, data] = [EXPERT, TENSOR, DATA].map((key) => numberOf(o, key));
    if (experts === undefined || tensor === undefined || data === undefined) return undefined;
    if (experts <= 1 || experts === tensor * data || textOf(o, `${ROLLOUT}.name`) === 'trtllm')
      return undefined;
    return {
      at: EXPERT,
      with: [TENSOR, DATA],
      message: say`experts are spread over all GPUs of a rollout engine: \`expert_parallel_size\` must be ${tensor * data}, not ${experts}`,
      fixes: [setOption(EXPERT, tensor * data)],
    };
  }),
  {
    ...checks('rollout-name', 'verl/trainer/config/rollout/rollout.yaml', '0.6.0', (input) => {
      const key = `${ROLLOUT}.name`;
      if (input.options.has(key) || isExcerpt(input)) return undefined;
      return {
        at: key,
        message: say`verl has no default for \`${key}\`: vllm or sglang`,
        fixes: [setOption(key, 'vllm')],
      };
    }),
    rule: 'missing-key',
  },
  checks('sequence-padding', 'verl/workers/config/actor.py', '0.2', ({ options: o }) => {
    const key = `${ACTOR}.ulysses_sequence_parallel_size`;
    const padding = 'actor_rollout_ref.model.use_remove_padding';
    if (!o.has(key) || (numberOf(o, key) ?? 1) <= 1) return undefined;
    if (!o.has(padding) || !isOff(o, padding)) return undefined;
    return {
      at: padding,
      with: [key],
      message: say`\`${key}\` above 1 needs \`${padding}\``,
      fixes: [setOption(padding, true)],
    };
  }),
  checks('resume-path', 'verl/trainer/ppo/ray_trainer.py', '0.2', ({ options: o }) => {
    const key = 'trainer.resume_from_path';
    if (textOf(o, 'trainer.resume_mode') !== 'resume_path') return undefined;
    const path = isSet(o, key) ? textOf(o, key) : '';
    if (path === undefined || path.includes('global_step_')) return undefined;
    return {
      at: o.has(key) ? key : 'trainer.resume_mode',
      with: ['trainer.resume_mode'],
      message: say`\`${key}\` must name the folder of a step: .../global_step_N`,
    };
  }),
]);

/** Words that are compared with a list: wherever else one may come from, it is not registered. */
const WORDS: readonly (readonly [key: string, since: string, file: string, words: string])[] = [
  [`${ROLLOUT}.mode`, '0.7.0', 'verl/workers/config/rollout.py', 'async'],
  [
    `${ACTOR}.loss_agg_mode`,
    '0.4.0',
    'verl/workers/config/actor.py',
    'token-mean token-sum seq-mean-token-sum seq-mean-token-mean seq-mean-token-sum-norm',
  ],
  ...[ACTOR, 'critic'].map(
    (part) =>
      [
        `${part}.optim.lr_scheduler_type`,
        '0.6.0',
        'verl/workers/config/optimizer.py, FSDPOptimizerConfig',
        'constant cosine',
      ] as const,
  ),
];

const words = lazy((): readonly Constraint[] =>
  WORDS.map(([key, since, file, all]) => ({
    ...checks(`word-${key}`, file, since, ({ options: o, recognized }) => {
      const [word, known] = [o.has(key) ? textOf(o, key) : undefined, all.split(' ')];
      if (word === undefined || known.includes(word)) return undefined;
      // Other engines schedule the learning rate by other names.
      if (key.endsWith('lr_scheduler_type') && recognized.sections[0]?.scope.id !== 'ppo_trainer')
        return undefined;
      // Only `sync` is refused, other words are warned of.
      if (key.endsWith('.mode') && word !== 'sync') return undefined;
      return {
        at: key,
        message: say`\`${key}\` cannot be \`${word}\`: one of ${known.join(', ')}`,
        fixes: (known.length === 1 ? known : closest(word, known)).map((one) =>
          setOption(key, one),
        ),
      };
    }),
    rule: 'bad-choice' as const,
  })),
);

/** What `AdvantageEstimator` names in trainer/ppo/core_algos.py; a program of one's own may register more. */
const ESTIMATORS =
  'gae grpo grpo_vectorized grpo_passk gdpo reinforce_plus_plus reinforce_plus_plus_baseline remax rloo rloo_vectorized opo gpg optimal_token_baseline tir_optimal_token_baseline'.split(
    ' ',
  );

const estimators = lazy((): readonly Constraint[] => [
  {
    ...checks('estimator', 'verl/trainer/ppo/core_algos.py', '0.2', ({ options: o }) => {
      const key = 'algorithm.adv_estimator';
      const word = o.has(key) ? textOf(o, key) : undefined;
      if (word === undefined || ESTIMATORS.includes(word)) return undefined;
      const meant = word.toLowerCase().replaceAll('++', '_plus_plus').replaceAll('-', '_');
      if (!ESTIMATORS.includes(meant)) return undefined;
      return {
        at: key,
        message: say`\`${key}\` cannot be \`${word}\`: ${meant}`,
        fixes: [setOption(key, meant)],
      };
    }),
    rule: 'bad-choice',
  },
]);

/** What verl asks of its rollout engines, of a checkpoint that it goes on from, and of words. */
export const rolloutConstraints = lazy((): readonly Constraint[] => [
  ...engines(),
  ...words(),
  ...estimators(),
]);
