import type { Options } from '../../run/options.ts';
import { byDefault, derived, known, type Sourced } from '../../run/sourced.ts';
import type { Stage } from '../../run/training-run.ts';
import type { Recognized } from '../framework.ts';

/** Tasks without logits of words (swift/model/register.py): rerankers score groups of at least two. */
const TASKS: Readonly<Record<string, Stage>> = {
  seq_cls: 'classify',
  reranker: 'reward',
  embedding: 'embed',
};

/** What `swift sft`, `pt` or `rlhf` trains for. */
export function stageOf(o: Options, recognized: Recognized): Sourced<Stage> {
  const scope = recognized.sections.at(-1)?.scope.id ?? '';
  if (scope.endsWith('pt')) return byDefault<Stage>('pretrain', 'the subcommand');
  if (!scope.endsWith('rlhf')) {
    const task = o.text('task_type');
    return derived<Stage>(TASKS[known(task) ?? ''] ?? 'sft', 'the subcommand', task);
  }
  const type = o.text('rlhf_type');
  const name = known(type) ?? 'dpo';
  const stages: Readonly<Record<string, Stage>> = {
    dpo: 'dpo',
    kto: 'kto',
    orpo: 'orpo',
    simpo: 'simpo',
    cpo: 'cpo',
    rm: 'reward',
    ppo: 'ppo',
    grpo: 'grpo',
    gkd: 'gkd',
  };
  return derived<Stage>(stages[name] ?? 'other', 'rlhf_type', type);
}
