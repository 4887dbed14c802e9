import { say } from '../../text/message.ts';
import { type Constraint, numberOf, setOption } from '../constraint.ts';
import { argumentOf, givenTo, isStreamed } from '../python/given.ts';

/** Whether the steps of the training are planned, or may be. */
function plansSteps(o: Parameters<Constraint['check']>[0]['options']): boolean {
  if (!o.has('max_steps')) return false;
  const steps = numberOf(o, 'max_steps');
  return steps === undefined || steps > 0;
}

/** A dataset that streams has no length, from which the Trainer could work out how long it trains. */
export const streamWithoutSteps: Constraint = {
  id: 'stream-without-steps',
  rule: 'missing-key',
  cite: { label: 'transformers trainer.py, Trainer.__init__' },
  check({ options: o, recognized }) {
    const given = givenTo(recognized);
    const data = given && argumentOf(given.trainer, 'train_dataset');
    if (given === undefined || data === undefined || plansSteps(o)) return undefined;
    if (!isStreamed(data.value, given.document)) return undefined;
    return {
      at: o.has('num_train_epochs') ? 'num_train_epochs' : 'max_steps',
      message: say`the training data stream, so that nobody knows how long an epoch is: the Trainer stops without max_steps`,
      fixes: [setOption('max_steps', 1000)],
    };
  },
};
