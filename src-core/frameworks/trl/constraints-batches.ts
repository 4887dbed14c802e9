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
import {
  type Batches,
  batchesOf,
  colocatedEngine,
  evaluationGroups,
  generationBatch,
  generationGroups,
} from '../hf/generation-groups.ts';
import { copyOf, olderThan } from '../since.ts';
import { exclusive, GRPO, RLOO, rejects } from './facts.ts';

const CONFIG = 'trainer/grpo_config.py';
const ENGINE = 'generation/vllm_generation.py';
const BOTH = [...GRPO, ...RLOO];

function batches(input: ConstraintInput): Batches | undefined {
  return batchesOf(input, numberOf(input.options, 'gradient_accumulation_steps'));
}

/** Before 0.17 each step generates its own answers, however many are accumulated (0.16.1, grpo_trainer.py). */
function ofOneStep(input: ConstraintInput): Batches | undefined {
  const { context } = input;
  const near = copyOf(context.version('trl')) !== undefined;
  return !near && olderThan(context, 'trl', '0.17') ? batchesOf(input, 1) : undefined;
}

/** The sizes of generation, and how its engine is split. */
export const batchConstraints = lazy((): readonly Constraint[] => [
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
  ...(['error', 'warning'] as const).map((severity) =>
    rejects(
      `generation-groups-${severity}`,
      { by: BOTH, where: CONFIG, since: '0.20', severity },
      (input) => generationGroups(input, batches(input), severity),
    ),
  ),
  ...(['error', 'warning'] as const).map((severity) =>
    rejects(
      `generation-groups-of-steps-${severity}`,
      { by: GRPO, where: 'trainer/grpo_trainer.py', since: '0.15', severity },
      (input) => generationGroups(input, ofOneStep(input), severity),
    ),
  ),
  rejects('generation-batch', { by: BOTH, where: CONFIG, since: '0.18' }, (input) =>
    generationBatch(input, batches(input)),
  ),
  rejects('evaluation-groups', { by: BOTH, where: CONFIG, since: '0.27' }, (input) => {
    const { options: o } = input;
    const strategy = o.has('eval_strategy') ? textOf(o, 'eval_strategy') : 'no';
    if (strategy === undefined || /(?:^|\.)no$/i.test(strategy)) return undefined;
    return evaluationGroups(input);
  }),
  rejects('colocated-engine', { by: BOTH, where: ENGINE, since: '0.18' }, (input) => {
    // Before 1.0 the default is a server.
    const server = !input.options.has('vllm_mode') && olderThan(input.context, 'trl', '1.0');
    return server ? undefined : colocatedEngine(input);
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
