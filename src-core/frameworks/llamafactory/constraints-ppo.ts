import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  isSet,
  mayBeOn,
  numberOf,
  removeOption,
  textOf,
} from '../constraint.ts';
import { compareVersions } from '../version.ts';
import { bareStage, mayBeEnabled, rejects } from './facts.ts';
import { programOf } from './words.ts';

const TRAINER = 'train/ppo/trainer.py';
/** The last release of TRL that has the trainer that LLaMA-Factory's PPO is made of. */
const LAST_TRL = '0.9.6';

/** What the trainer of the ppo stage refuses. */
export const ppoConstraints = lazy((): readonly Constraint[] => [
  rejects('ppo-refuses', TRAINER, ({ options: o }) => {
    const key = ['eval_dataset', 'val_size', 'resume_from_checkpoint'].find((name) =>
      name === 'val_size' ? (numberOf(o, name) ?? 0) > 1e-6 : isSet(o, name),
    );
    if (bareStage(o) !== 'ppo' || key === undefined) return undefined;
    // Full and freeze training drop a checkpoint and say so (hparams/parser.py).
    const drops = key === 'resume_from_checkpoint' && textOf(o, 'finetuning_type') !== 'lora';
    if (drops) return undefined;
    return {
      at: key,
      with: ['stage'],
      message: say`the ppo stage does not support \`${key}\`: it stops once the models are loaded`,
      fixes: [removeOption(key)],
    };
  }),
  { ...rejects('ppo-trl', TRAINER, anotherTrl), severity: 'warning' },
]);

/** Since 0.9.4 LLaMA-Factory asks for newer releases of TRL than its own PPO trainer takes. */
function anotherTrl({ options: o, recognized, context }: ConstraintInput) {
  if (bareStage(o) !== 'ppo' || !mayBeOn(o, 'do_train')) return undefined;
  const trl = context.version('trl');
  const version = (trl && known(trl)) ?? context.ceiling('trl')?.version;
  if (version !== undefined && compareVersions(version, LAST_TRL) <= 0) return undefined;
  if (mayBeEnabled(recognized.launch, 'DISABLE_VERSION_CHECK')) return undefined;
  // `train_bash.py` left with the releases that go with it.
  if (/train_bash\.py$/.test(programOf(recognized)?.word.raw ?? '')) return undefined;
  return {
    at: 'stage',
    message: say`PPO needs trl ${LAST_TRL} or older, and LLaMA-Factory 0.9.4 and newer install a newer one: \`pip install trl==${LAST_TRL}\`, and set DISABLE_VERSION_CHECK=1`,
  };
}
