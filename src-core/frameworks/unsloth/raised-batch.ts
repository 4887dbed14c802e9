import type { Options } from '../../run/options.ts';
import { known } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { type Constraint, isSet } from '../constraint.ts';
import { GRPO, RLOO } from '../trl/facts.ts';

const BATCH = 'per_device_train_batch_size';
const STEPS = 'gradient_accumulation_steps';
const COUNT = 'num_generations';

/**
 * Unsloth sets a batch that makes, with accumulation, no multiple of the answers to a prompt (models/rl.py,
 * `check_num_generations`). `o` has what Unsloth sets by itself. The memory is not that of the larger batch:
 * Unsloth takes as much of it at a time as there is room for (unsloth-zoo rl_replacements.py).
 */
export function raisedBatch(o: Options): Constraint {
  return {
    id: 'unsloth-raised-batch',
    rule: 'overridden-key',
    severity: 'warning',
    cite: { label: 'unsloth models/rl.py' },
    check({ options: own, recognized, draft }) {
      if (![...GRPO, ...RLOO].includes(recognized.sections.at(-1)?.scope.id ?? ''))
        return undefined;
      if (isSet(o, 'steps_per_generation') || isSet(o, 'generation_batch_size')) return undefined;
      const [batch, steps, answers] = [BATCH, STEPS, COUNT].map((key) => known(o.int(key)));
      const world = draft['parallel.worldSize'] && known(draft['parallel.worldSize']);
      if (batch === undefined || steps === undefined || world === undefined) return undefined;
      const completions = batch * steps * world;
      if (answers === undefined || answers < 1 || completions % answers === 0) return undefined;
      return {
        at: own.has(BATCH) ? BATCH : COUNT,
        with: own.has(BATCH) && own.has(COUNT) ? [COUNT] : [],
        message: say`Unsloth sets the batch of ${batch} to ${answers}: batch x accumulation x processes, ${completions}, is no multiple of num_generations`,
      };
    },
  };
}
