import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  isSet,
  mayBeOn,
  numberOf,
  textOf,
  type Violation,
} from '../constraint.ts';
import {
  type Batches,
  batchesOf,
  colocatedEngine,
  evaluationGroups,
  firstWritten,
  generationBatch,
  generationGroups,
  sureWorld,
} from '../hf/generation-groups.ts';
import { olderThan } from '../since.ts';
import { generates, rejects, rlhfType } from './facts.ts';
import { isMegatron } from './megatron.ts';

const ARGUMENTS = 'rlhf_trainers/args_mixin.py';
const ROLLOUT = 'rlhf_trainers/rollout_mixin.py';
const MEGATRON = 'megatron/arguments/megatron_args.py';

/** A check of `swift rlhf --rlhf_type grpo`, for releases that make it. */
function ofGrpo(
  id: string,
  since: string,
  severity: 'error' | 'warning',
  check: (input: ConstraintInput) => Violation | undefined,
): Constraint {
  const made = rejects(`grpo-${id}`, ARGUMENTS, (input) => {
    const grpo = rlhfType(input) === 'grpo' && !olderThan(input.context, 'swift', since);
    return grpo ? check(input) : undefined;
  });
  return { ...made, severity };
}

function batches(input: ConstraintInput): Batches | undefined {
  const accumulated = input.draft.gradientAccumulation;
  return batchesOf(input, accumulated === undefined ? undefined : known(accumulated));
}

/** Whether there is data to evaluate on, without which ms-swift turns evaluation off. */
function evaluates({ options: o }: ConstraintInput): boolean {
  // Nothing is split off a stream, nor without a dataset (data_args.py).
  const split = o.has('split_dataset_ratio') && isSet(o, 'dataset') && !mayBeOn(o, 'streaming');
  const share = split ? (numberOf(o, 'split_dataset_ratio') ?? 0) : 0;
  const strategy = textOf(o, o.has('eval_strategy') ? 'eval_strategy' : 'save_strategy');
  const data = share > 0 || isSet(o, 'val_dataset');
  return data && strategy !== undefined && !/^(?:no|false)$/i.test(strategy);
}

/** The prompts of a round under Megatron must divide among the data-parallel ranks, and there into micro batches. */
function megatronGroups(input: ConstraintInput): Violation | undefined {
  const { options: o, recognized, context } = input;
  if (!isMegatron(recognized) || textOf(o, 'rlhf_type') !== 'grpo') return undefined;
  if (recognized.unread === true) return undefined;
  const generations = numberOf(o, 'num_generations');
  const total = megatronRound(input);
  if (generations === undefined || generations < 1 || total === undefined) return undefined;
  const place = {
    at: firstWritten(input, ['num_generations', 'generation_batch_size', 'global_batch_size']),
    with: ['global_batch_size', 'steps_per_generation'],
  };
  if (total % generations !== 0)
    return olderThan(context, 'swift', '4.2')
      ? undefined
      : {
          ...place,
          message: say`a round generates ${total} answers, which are no whole groups of num_generations ${generations}`,
        };
  const prompts = total / generations;
  const ranks = dataParallel(input);
  const micro = numberOf(o, 'micro_batch_size');
  if (ranks === undefined || micro === undefined || prompts % (ranks * micro) === 0)
    return undefined;
  return {
    ...place,
    message: say`a round takes ${prompts} prompts, which do not divide among ${ranks} data-parallel ranks in micro batches of ${micro}`,
  };
}

/** The answers of a round under Megatron. */
function megatronRound({ options: o }: ConstraintInput): number | undefined {
  if (isSet(o, 'generation_batch_size')) return numberOf(o, 'generation_batch_size');
  const steps = isSet(o, 'steps_per_generation') ? numberOf(o, 'steps_per_generation') : 1;
  const batch = numberOf(o, 'global_batch_size');
  return steps === undefined || batch === undefined ? undefined : batch * steps;
}

/** The ranks that each have a model of their own, where the processes are known. */
function dataParallel(input: ConstraintInput): number | undefined {
  const world = sureWorld(input);
  const parts = ['tensor', 'pipeline'].map((one) =>
    numberOf(input.options, `${one}_model_parallel_size`),
  );
  const split = [...parts, numberOf(input.options, 'context_parallel_size')].reduce<number>(
    (product, part) => product * (part ?? Number.NaN),
    1,
  );
  const ranks = world === undefined ? Number.NaN : world / split;
  return Number.isInteger(ranks) && ranks > 0 ? ranks : undefined;
}

/** What vLLM takes is for prompt and answer together; max_length is the prompt's (infer_engine/vllm_engine.py). */
function promptOverEngine(input: ConstraintInput): Violation | undefined {
  const { options: o } = input;
  const colocated = textOf(o, 'vllm_mode') === 'colocate' && generates(rlhfType(input), input);
  const [prompt, engine] = ['max_length', 'vllm_max_model_len'].map((key) =>
    o.has(key) ? numberOf(o, key) : undefined,
  );
  if (!colocated || prompt === undefined || engine === undefined || prompt <= engine)
    return undefined;
  return {
    at: 'vllm_max_model_len',
    with: ['max_length'],
    message: say`prompts of up to max_length ${prompt} tokens do not fit into vllm_max_model_len ${engine}: vLLM stops at the first that is longer`,
  };
}

/** The sizes of generation, and how its engine is split. */
export const generationConstraints = lazy((): readonly Constraint[] => [
  ...(['error', 'warning'] as const).map((severity) =>
    ofGrpo(`groups-${severity}`, '3.6', severity, (input) =>
      generationGroups(input, batches(input), severity),
    ),
  ),
  ofGrpo('generation-batch', '3.6', 'error', (input) => generationBatch(input, batches(input))),
  ofGrpo('evaluation-groups', '3.6', 'error', (input) => {
    const groups = (numberOf(input.options, 'num_generations') ?? 0) > 1;
    return groups && evaluates(input) ? evaluationGroups(input) : undefined;
  }),
  rejects('megatron-groups', MEGATRON, megatronGroups),
  { ...rejects('prompt-over-engine', ROLLOUT, promptOverEngine), severity: 'warning' },
  rejects('colocated-engine', ROLLOUT, (input) =>
    generates(rlhfType(input), input) ? colocatedEngine(input) : undefined,
  ),
]);
