import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  isOff,
  isOn,
  isSet,
  numberOf,
  removeOption,
  setOption,
} from '../constraint.ts';
import { ACTOR, checks, gpus, isExcerpt } from './checks.ts';
import { rolloutConstraints } from './constraints-rollout.ts';

const TRAIN = 'data.train_batch_size';
const MINI = `${ACTOR}.ppo_mini_batch_size`;
const MICRO = `${ACTOR}.ppo_micro_batch_size_per_gpu`;
const SUM = `${ACTOR}.ppo_micro_batch_size`;
const SAMPLES = 'actor_rollout_ref.rollout.n';

/** Whether FSDP trains the actor, whose ranks but for sequence parallelism each take rows of their own. */
function isFsdp({ options, recognized }: ConstraintInput): boolean {
  const strategy = known(options.text(`${ACTOR}.strategy`));
  const isUsual = recognized.sections[0]?.scope.id === 'ppo_trainer';
  return isUsual && (strategy === 'fsdp' || strategy === 'fsdp2');
}

const batches = lazy((): readonly Constraint[] => [
  checks('mini-batch', 'verl/workers/config/actor.py:227', '0.3.0', ({ options: o }) => {
    const [train, mini] = [numberOf(o, TRAIN), numberOf(o, MINI)];
    if (!isOff(o, `${ACTOR}.use_dynamic_bsz`) || train === undefined || mini === undefined)
      return undefined;
    if (train >= mini) return undefined;
    return {
      at: o.has(TRAIN) ? TRAIN : MINI,
      with: [MINI],
      message: say`\`train_batch_size\` (${train}) must be at least \`ppo_mini_batch_size\` (${mini})`,
      fixes: [setOption(MINI, train), setOption(TRAIN, mini)],
    };
  }),
  checks('critic-mini-batch', 'verl/workers/config/critic.py', '0.3.0', ({ options: o }) => {
    const key = 'critic.ppo_mini_batch_size';
    const [train, mini] = [numberOf(o, TRAIN), o.has(key) ? numberOf(o, key) : undefined];
    const isTrained = known(o.text('algorithm.adv_estimator')) === 'gae';
    const dynamic = o.has('critic.use_dynamic_bsz') || !isOff(o, `${ACTOR}.use_dynamic_bsz`);
    if (!isTrained || dynamic || train === undefined || mini === undefined || train >= mini)
      return undefined;
    return {
      at: key,
      with: [TRAIN],
      message: say`\`train_batch_size\` (${train}) must be at least \`ppo_mini_batch_size\` (${mini})`,
      fixes: [setOption(key, train)],
    };
  }),
  checks('rows-per-gpu', 'verl/utils/config.py', '0.2', (input) => {
    const { options: o } = input;
    const [train, samples, world] = [numberOf(o, TRAIN), numberOf(o, SAMPLES), gpus(input)];
    if (!isFsdp(input) || !isOff(o, `${ACTOR}.use_dynamic_bsz`)) return undefined;
    if (train === undefined || samples === undefined || !world) return undefined;
    if ((train * samples) % world === 0) return undefined;
    return {
      at: o.has(TRAIN) ? TRAIN : SAMPLES,
      with: [SAMPLES, 'trainer.n_gpus_per_node', 'trainer.nnodes'],
      message: say`\`train_batch_size\` times \`rollout.n\` (${train * samples}) is no multiple of the GPUs (${world})`,
    };
  }),
  checks('mini-batch-split', 'verl/workers/engine_workers.py, train_mini_batch', '0.8', (input) => {
    const { options: o } = input;
    const [mini, samples, world] = [numberOf(o, MINI), numberOf(o, SAMPLES), gpus(input)];
    const spread = sequenceOf(input);
    if (!isFsdp(input) || spread === undefined || mini === undefined || samples === undefined)
      return undefined;
    if (!world || world % spread !== 0 || (mini * samples) % (world / spread) === 0)
      return undefined;
    return {
      at: o.has(MINI) ? MINI : SAMPLES,
      with: [SAMPLES, 'trainer.n_gpus_per_node', 'trainer.nnodes'],
      message: say`\`ppo_mini_batch_size\` times \`rollout.n\` (${mini * samples}) is no multiple of the GPUs (${world / spread})`,
    };
  }),
  checks('micro-batch', 'verl/workers/engine/utils.py, prepare_micro_batches', '0.3.0', (input) => {
    const { options: o } = input;
    const [mini, samples, world] = [numberOf(o, MINI), numberOf(o, SAMPLES), gpus(input)];
    const micro = o.has(MICRO) ? numberOf(o, MICRO) : undefined;
    const spread = sequenceOf(input);
    if (!isFsdp(input) || !isOff(o, `${ACTOR}.use_dynamic_bsz`) || spread === undefined)
      return undefined;
    if (mini === undefined || samples === undefined || !world || !micro) return undefined;
    const each = (mini * samples * spread) / world;
    if (!Number.isInteger(each) || each % micro === 0) return undefined;
    return {
      at: MICRO,
      with: [MINI, SAMPLES],
      message: say`a GPU gets ${each} rows of each mini batch, no multiple of \`ppo_micro_batch_size_per_gpu\` (${micro})`,
    };
  }),
]);

/** How many ranks share a row; undefined where it is not known. */
function sequenceOf({ options: o }: ConstraintInput): number | undefined {
  const keys = ['', '.fsdp_config'].map((part) => `${ACTOR}${part}.ulysses_sequence_parallel_size`);
  const said = keys.filter((key) => o.has(key)).map((key) => numberOf(o, key));
  return said.length > 1 ? undefined : said.length === 0 ? 1 : said[0];
}

type Asked = (o: ConstraintInput['options']) => boolean;

/** Options of which exactly one is wanted, where somebody asks: for all GPUs together, as it was once, or for each. */
const PAIRS: readonly (readonly [id: string, key: string, file: string, asked: Asked])[] = [
  [
    'actor-micro-batch',
    `${ACTOR}.ppo_micro_batch_size`,
    'verl/workers/config/actor.py',
    () => true,
  ],
  [
    'rollout-micro-batch',
    'actor_rollout_ref.rollout.log_prob_micro_batch_size',
    'verl/utils/config.py',
    () => true,
  ],
  [
    'reference-micro-batch',
    'actor_rollout_ref.ref.log_prob_micro_batch_size',
    'verl/utils/config.py',
    (o) => isOn(o, `${ACTOR}.use_kl_loss`) || isOn(o, 'algorithm.use_kl_in_reward'),
  ],
  [
    'critic-micro-batch',
    'critic.ppo_micro_batch_size',
    'verl/workers/config/critic.py',
    (o) =>
      known(o.text('algorithm.adv_estimator')) === 'gae' &&
      !isSet(o, 'critic.enable') &&
      !o.has('critic.use_dynamic_bsz'),
  ],
];

const pairs = lazy((): readonly Constraint[] =>
  PAIRS.flatMap(([id, key, file, asked]): readonly Constraint[] => {
    const each = `${key}_per_gpu`;
    const neither = checks(`${id}-missing`, file, '0.2', (input) => {
      const { options: o } = input;
      if (o.has(key) || o.has(each) || !isOff(o, `${ACTOR}.use_dynamic_bsz`)) return undefined;
      if (isExcerpt(input) || !asked(o)) return undefined;
      return {
        at: each,
        message: say`verl wants \`${each}\` unless \`use_dynamic_bsz\` is on`,
      };
    });
    return [
      checks(id, file, '0.2', ({ options: o }) => {
        if (!isSet(o, key) || !isSet(o, each) || !isOff(o, `${ACTOR}.use_dynamic_bsz`))
          return undefined;
        if (!asked(o)) return undefined;
        if (numberOf(o, key) === undefined || numberOf(o, each) === undefined) return undefined;
        return {
          at: key,
          with: [each],
          message: say`\`${key}\` and \`${each}\` exclude each other`,
          fixes: [removeOption(key)],
        };
      }),
      { ...neither, rule: 'missing-key' },
    ];
  }),
);

const sums = lazy((): readonly Constraint[] => [
  checks('micro-batch-of-all', 'verl/workers/config/actor.py', '0.2', ({ options: o }) => {
    const [mini, micro] = [numberOf(o, MINI), isSet(o, SUM) ? numberOf(o, SUM) : undefined];
    if (!isOff(o, `${ACTOR}.use_dynamic_bsz`) || mini === undefined || !micro || isSet(o, MICRO))
      return undefined;
    if (mini % micro === 0) return undefined;
    return {
      at: SUM,
      with: [MINI],
      message: say`\`${MINI}\` (${mini}) is no multiple of \`${SUM}\` (${micro})`,
    };
  }),
]);

/** What verl checks before it loads a model, and what a first step stops at. */
export const verlConstraints = lazy((): readonly Constraint[] => [
  ...batches(),
  ...pairs(),
  ...sums(),
  ...rolloutConstraints(),
]);
