import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known } from '../../run/sourced.ts';
import type { Stage } from '../../run/training-run.ts';
import { isOn } from '../constraint.ts';

/**
 * What lives on the cards beside the model that trains and is not counted: vLLM in the training processes
 * keeps weights and cache of its own (`vllm_mode colocate`), unless it `sleeps` while they train; PPO
 * trains a value model and asks a reward model, distillation asks a teacher.
 */
export function besideTraining(o: Options, stage: Stage | undefined, sleeps: boolean): RunDraft {
  if (stage === 'ppo' || stage === 'gkd')
    return { modelled: byDefault<'part'>('part', 'other models share the cards') };
  const colocated = isOn(o, 'use_vllm') && known(o.text('vllm_mode')) === 'colocate';
  if (stage !== 'grpo' || !colocated || sleeps) return {};
  return { modelled: derived<'part'>('part', 'vLLM shares the cards', o.bool('use_vllm')) };
}
