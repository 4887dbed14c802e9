import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  isSet,
  mayBeOn,
  removeOption,
} from '../constraint.ts';
import { isOneOfSeveral, startedAlone } from '../hf/runtime-constraints.ts';
import { envEntry } from '../launch.ts';
import { mayBeEnabled, rejects } from './facts.ts';
import { mayUseMegatron } from './megatron.ts';
import { isScript, programOf } from './words.ts';

const PARSER = 'hparams/parser.py';

/** What LLaMA-Factory asks of the processes that it runs in. */
export const launchConstraints = lazy((): readonly Constraint[] => [
  rejects('deepspeed-one-process', PARSER, (input) => {
    if (!isSet(input.options, 'deepspeed') || isElsewhere(input)) return undefined;
    if (runsAlone(input))
      return {
        at: 'deepspeed',
        message: say`plain \`python\` starts no torchrun, without which LLaMA-Factory refuses DeepSpeed: use \`FORCE_TORCHRUN=1 llamafactory-cli train\``,
        fixes: [removeOption('deepspeed')],
      };
    if (cardsOf(input) !== 1 || !startsNothing(input)) return undefined;
    return {
      at: 'deepspeed',
      message: say`on one GPU \`llamafactory-cli train\` starts no torchrun, without which it refuses DeepSpeed: put FORCE_TORCHRUN=1 in front`,
      fixes: [removeOption('deepspeed')],
    };
  }),
  rejects('several-gpus-one-process', PARSER, (input) => {
    const { visibleGpus } = input.recognized.launch;
    const count = visibleGpus && known(visibleGpus);
    if (visibleGpus === undefined || count === undefined || count < 2) return undefined;
    // Of NPUs the Trainer counts one in each process.
    if (envEntry(input.recognized.launch, 'CUDA_VISIBLE_DEVICES') === undefined) return undefined;
    if (isSet(input.options, 'deepspeed') || isElsewhere(input) || !runsAlone(input))
      return undefined;
    return {
      at: 'do_train',
      place: visibleGpus,
      message: say`plain \`python\` starts one process for ${count} visible GPUs, which LLaMA-Factory refuses: start it with \`llamafactory-cli train\` or torchrun`,
    };
  }),
]);

/** Ray starts its own processes, and KTransformers and the Megatron backends are asked otherwise. */
function isElsewhere({ options, recognized: { launch } }: ConstraintInput): boolean {
  if (mayBeOn(options, 'use_kt') || mayUseMegatron(launch)) return true;
  return mayBeEnabled(launch, 'USE_RAY') || mayBeEnabled(launch, 'USE_KT');
}

/** `src/train.py` of the releases that have the check; `train_bash.py` is older. */
function runsAlone(input: ConstraintInput): boolean {
  const program = programOf(input.recognized);
  if (program === undefined || !program.trains || !isScript(program)) return false;
  return /(?:^|\/)train\.py$/.test(program.word.raw) && startedAlone(input);
}

/** `llamafactory-cli train` that starts torchrun only for several GPUs (launcher.py). */
function startsNothing({ recognized }: ConstraintInput): boolean {
  const program = programOf(recognized);
  if (program === undefined || !program.trains || isScript(program)) return false;
  return !isOneOfSeveral(recognized.launch) && !mayBeEnabled(recognized.launch, 'FORCE_TORCHRUN');
}

function cardsOf({ recognized: { launch }, context }: ConstraintInput): number | undefined {
  const cards = launch.visibleGpus ?? context.gpus;
  return cards && known(cards);
}
