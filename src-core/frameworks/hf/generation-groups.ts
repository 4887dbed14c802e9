import { known } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import {
  type ConstraintInput,
  isOn,
  isSet,
  numberOf,
  removeOption,
  textOf,
  type Violation,
} from '../constraint.ts';

/** The batch sizes of generation. */
export interface Batches {
  /** Samples of one process and step. */
  readonly micro: number;
  /** Steps that share what was generated. */
  readonly steps: number;
  /** Answers to one prompt. */
  readonly generations: number;
  /** All answers of a round, where that is written. */
  readonly total: number | undefined;
}

/** The sizes that the options say; `accumulated` steps share a round unless steps_per_generation is set. */
export function batchesOf(
  { options: o, recognized }: ConstraintInput,
  accumulated: number | undefined,
): Batches | undefined {
  if (recognized.unread === true) return undefined;
  const micro = numberOf(o, 'per_device_train_batch_size');
  const steps = isSet(o, 'steps_per_generation')
    ? numberOf(o, 'steps_per_generation')
    : accumulated;
  const generations = numberOf(o, 'num_generations');
  const total = isSet(o, 'generation_batch_size')
    ? numberOf(o, 'generation_batch_size')
    : undefined;
  if (isSet(o, 'generation_batch_size') && total === undefined) return undefined;
  if (micro === undefined || steps === undefined || generations === undefined) return undefined;
  return micro > 0 && steps > 0 ? { micro, steps, generations, total } : undefined;
}

/** World sizes to try: the known one, else any up to two machines of eight. */
function worlds(input: ConstraintInput): { readonly sure: boolean; readonly sizes: number[] } {
  const size = sureWorld(input);
  return {
    sure: size !== undefined,
    sizes: size !== undefined ? [size] : Array.from({ length: 16 }, (_, i) => i + 1),
  };
}

/** How many processes train, where something says so. */
export function sureWorld({ draft }: ConstraintInput): number | undefined {
  const world = draft['parallel.worldSize'];
  return world === undefined || world.origin.kind === 'default' ? undefined : known(world);
}

/** A round of answers must hold whole groups: an error where the processes are known, else a warning. */
export function generationGroups(
  input: ConstraintInput,
  sizes: Batches | undefined,
  severity: 'error' | 'warning',
): Violation | undefined {
  const { sure, sizes: world } = worlds(input);
  if (sizes === undefined || sizes.generations < 2) return undefined;
  if ((sure || sizes.total !== undefined) !== (severity === 'error')) return undefined;
  const totals = world.map((size) => sizes.total ?? sizes.micro * sizes.steps * size);
  if (totals.some((total) => total % sizes.generations === 0)) return undefined;
  return {
    at: firstWritten(input, [
      'num_generations',
      'generation_batch_size',
      'per_device_train_batch_size',
    ]),
    with: [
      'per_device_train_batch_size',
      ...(sizes.steps > 1 ? ['gradient_accumulation_steps'] : []),
    ],
    message:
      severity === 'error'
        ? say`a round generates ${totals[0]} answers, which are no whole groups of num_generations ${sizes.generations}`
        : say`a round generates ${sizes.micro * sizes.steps} answers on each GPU, which on no number of GPUs up to 16 are whole groups of num_generations ${sizes.generations}`,
  };
}

/** A written size of the round must be a multiple of what a step takes. */
export function generationBatch(
  input: ConstraintInput,
  sizes: Batches | undefined,
): Violation | undefined {
  if (sizes?.total === undefined || isSet(input.options, 'steps_per_generation')) return undefined;
  const { sizes: world } = worlds(input);
  const { total, micro } = sizes;
  if (world.some((size) => total % (micro * size) === 0)) return undefined;
  return {
    at: 'generation_batch_size',
    with: ['per_device_train_batch_size'],
    message: say`generation_batch_size ${total} is no multiple of the ${micro * (world[0] ?? 1)} samples of a step`,
  };
}

/** What one step of evaluation takes must hold whole groups, where the processes are known. */
export function evaluationGroups(input: ConstraintInput): Violation | undefined {
  const { options: o, recognized } = input;
  const batch = numberOf(o, 'per_device_eval_batch_size');
  const own = isSet(o, 'num_generations_eval') ? numberOf(o, 'num_generations_eval') : 0;
  const generations = own === 0 ? numberOf(o, 'num_generations') : own;
  const world = sureWorld(input);
  if (world === undefined || batch === undefined || !generations || recognized.unread === true)
    return undefined;
  const total = batch * world;
  if (total % generations === 0) return undefined;
  return {
    at: firstWritten(input, [
      'per_device_eval_batch_size',
      'num_generations_eval',
      'eval_strategy',
    ]),
    with: ['num_generations', 'eval_strategy'],
    message: say`evaluation takes ${total} answers at a time, which are no whole groups of ${generations}`,
  };
}

/** A vLLM engine beside the trainer is split over groups of the training processes. */
export function colocatedEngine(input: ConstraintInput): Violation | undefined {
  const { options: o } = input;
  const key = 'vllm_tensor_parallel_size';
  const size = o.has(key) ? numberOf(o, key) : undefined;
  const world = sureWorld(input);
  if (!isOn(o, 'use_vllm') || textOf(o, 'vllm_mode') !== 'colocate') return undefined;
  if (size === undefined || size < 1 || world === undefined || world % size === 0) return undefined;
  return {
    at: key,
    with: ['vllm_mode'],
    message: say`${key} ${size} does not divide the ${world} training processes evenly, which a colocated vLLM is split over`,
    fixes: [removeOption(key)],
  };
}

/** The first of some options that is written, else the first. */
export function firstWritten(
  { options: o }: ConstraintInput,
  keys: readonly [string, ...string[]],
): string {
  return keys.find((key) => o.has(key)) ?? keys[0];
}
