import type { Call, Document } from '../../syntax/document.ts';
import { say } from '../../text/message.ts';
import { type Constraint, isOn, setOption } from '../constraint.ts';
import { strategy } from '../hf/strategy.ts';
import { usersOf } from '../python/follow.ts';
import { originOf } from '../python/origin.ts';

/** Trainers whose construction is that of transformers' Trainer: `eval_dataset` by name, or as the fifth. */
const TRAINERS = /^(?:Seq2Seq|SFT|DPO|KTO|ORPO|CPO|Reward|GRPO|RLOO)?Trainer$/;
const BEFORE_EVALUATION_DATA = 4;

/** Evaluation that is asked for, in Python whose one trainer of these arguments has nothing to evaluate on. */
export const evaluationData: Constraint = {
  id: 'evaluation-data',
  cite: { label: 'transformers trainer.py, __init__ and get_eval_dataloader' },
  check({ options: o, recognized }) {
    const args = recognized.sections.at(-1);
    if (args?.unit.kind !== 'call' || !o.has('eval_strategy')) return undefined;
    const by = strategy(o, 'eval_strategy', 'no');
    if (by !== 'steps' && by !== 'epoch') return undefined;
    const [trainer, ...others] = usersOf(args.unit, args.document);
    if (trainer === undefined || others.length > 0 || mayEvaluate(trainer, args.document))
      return undefined;
    return {
      at: 'eval_strategy',
      message: say`evaluation by ${by} needs an \`eval_dataset\`, and ${trainer.callee} is given none: transformers stops`,
      fixes: isOn(o, 'load_best_model_at_end') ? [] : [setOption('eval_strategy', 'no')],
    };
  },
};

function mayEvaluate(trainer: Call, document: Document): boolean {
  const { callee, open, entries, positional } = trainer;
  return (
    !TRAINERS.test(callee) ||
    originOf(document, trainer) !== 'library' ||
    open ||
    positional.length > BEFORE_EVALUATION_DATA ||
    entries.some(({ key }) => key === 'eval_dataset') ||
    /\beval_dataset\s*=(?!=)/.test(document.file.text)
  );
}
