import type { Call, Document, Node } from '../../syntax/document.ts';
import { say } from '../../text/message.ts';
import { contains } from '../../text/span.ts';
import { type Constraint, isOn, setOption } from '../constraint.ts';
import { strategy } from '../hf/constraints.ts';
import { isOwnClass } from '../python/calls.ts';

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
    const [trainer, ...others] = trainersOf(args.unit, args.document);
    if (trainer === undefined || others.length > 0 || mayEvaluate(trainer, args.document))
      return undefined;
    return {
      at: 'eval_strategy',
      message: say`evaluation by ${by} needs an \`eval_dataset\`, and ${trainer.callee} is given none: transformers stops`,
      fixes: isOn(o, 'load_best_model_at_end') ? [] : [setOption('eval_strategy', 'no')],
    };
  },
};

/** The calls that take the arguments, directly or by the name of their variable. */
function trainersOf(args: Call, { units, file }: Document): readonly Call[] {
  const isArgs = ({ span }: Node) =>
    args.assignedTo !== undefined && file.text.slice(span.start, span.end) === args.assignedTo;
  return units.filter((unit): unit is Call => {
    if (unit.kind !== 'call' || unit === args) return false;
    const values = [...unit.positional, ...unit.entries.map(({ value }) => value)];
    return values.some(isArgs) || contains(unit.span, args.span.start);
  });
}

function mayEvaluate({ callee, open, entries, positional }: Call, document: Document): boolean {
  return (
    !TRAINERS.test(callee) ||
    isOwnClass(document, callee) ||
    open ||
    positional.length > BEFORE_EVALUATION_DATA ||
    entries.some(({ key }) => key === 'eval_dataset') ||
    /\beval_dataset\s*=(?!=)/.test(document.file.text)
  );
}
