import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { derived, known } from '../../run/sourced.ts';
import type { Method, Modelled, Stage } from '../../run/training-run.ts';
import { mayBeOn } from '../constraint.ts';
import type { AdapterContext } from '../framework.ts';
import { namedModels } from '../hf/other-models.ts';
import { olderThan } from '../since.ts';

/**
 * Teachers and reward models, loaded as the model that trains (pipelines/train/rlhf.py,
 * `_prepare_single_model`); PPO begins its value model from the reward model.
 */
export function otherModels(
  o: Options,
  stage: Stage | undefined,
  method: Method | undefined,
  context: AdapterContext,
): RunDraft {
  if (stage === 'ppo') return namedModels(o, 'reward_model', context, { scores: true, copies: 2 });
  const rewards = stage === 'grpo' ? namedModels(o, 'reward_model', context, { scores: true }) : {};
  if (!teaches(o, stage, method, context)) return rewards;
  // Its own config may divide it otherwise.
  const away = mayBeOn(o, 'offload_teacher_model') || o.has('teacher_deepspeed');
  return {
    ...rewards,
    ...(away ? {} : namedModels(o, 'teacher_model', context, { scores: false })),
    modelled: derived<Modelled>('part', 'what a teacher works with', o.get('teacher_model')),
  };
}

/** GRPO has a teacher since 4.4. LoRA takes the model itself, without its adapter, where that is the teacher. */
function teaches(
  o: Options,
  stage: Stage | undefined,
  method: Method | undefined,
  context: AdapterContext,
): boolean {
  const asks = stage === 'gkd' || (stage === 'grpo' && !olderThan(context, 'swift', '4.4'));
  if (!asks || !o.has('teacher_model') || o.isNull('teacher_model')) return false;
  return method === 'full' || known(o.text('teacher_model')) !== known(o.text('model'));
}
