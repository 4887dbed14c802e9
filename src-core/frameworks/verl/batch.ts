import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { Program } from './program.ts';
import type { Values } from './values.ts';

/** Lengths and the batch of one GPU. Rows of `use_dynamic_bsz` are as many as a number of tokens holds. */
export function batch(v: Values, program: Program, settled: boolean): RunDraft {
  const number = (key: string, usual: number): Sourced<number> =>
    v.int(key) ?? byDefault<number>(settled ? usual : UNKNOWN, key);
  const checkpoints =
    v.flag(
      'actor_rollout_ref.model.enable_gradient_checkpointing',
      'model.enable_gradient_checkpointing',
    ) ?? byDefault<boolean>(settled ? true : UNKNOWN, 'enable_gradient_checkpointing');
  const packs = (key: string): Sourced<boolean> => v.flag(key) ?? byDefault(program.dynamic, key);
  if (program.kind === 'sft') {
    const rows = v.int('data.micro_batch_size_per_gpu', 'data.micro_batch_size');
    return {
      gradientCheckpointing: checkpoints,
      maxLength: number('data.max_length', 1024),
      microBatch: rowsOf(rows, packs('data.use_dynamic_bsz')),
    };
  }
  const prompt = number('data.max_prompt_length', 512);
  const response = number('data.max_response_length', 512);
  const both = known(prompt) === undefined ? undefined : known(response);
  const rows = v.int('actor_rollout_ref.actor.ppo_micro_batch_size_per_gpu');
  const length = both === undefined ? UNKNOWN : (known(prompt) ?? 0) + both;
  return {
    gradientCheckpointing: checkpoints,
    maxLength: derived<number>(length, 'prompt and response', prompt, response),
    maxCompletionLength: response,
    generations: number('actor_rollout_ref.rollout.n', 1),
    microBatch: rowsOf(rows, packs('actor_rollout_ref.actor.use_dynamic_bsz')),
  };
}

function rowsOf(rows: Sourced<number> | undefined, dynamic: Sourced<boolean>): Sourced<number> {
  if (known(dynamic) === false) return rows ?? byDefault<number>(UNKNOWN, 'not stated');
  return derived<number>(UNKNOWN, 'use_dynamic_bsz', dynamic);
}
