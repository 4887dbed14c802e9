import type { Options } from '../../run/options.ts';
import { known } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  isOn,
  isSet,
  mayBeOn,
  removeOption,
  setOption,
  textOf,
} from '../constraint.ts';
import { hasSchedule, isEval, namesOf, rejects } from './facts.ts';
import { programOf } from './words.ts';

/** Settings that nobody writes to chat with a model, to export or to evaluate it. */
const TRAINING = [
  ...['per_device_train_batch_size', 'gradient_accumulation_steps', 'learning_rate'],
  ...['num_train_epochs', 'max_steps', 'lr_scheduler_type', 'warmup_ratio', 'warmup_steps'],
];
const ENOUGH = 2;

/** Options that say what the run is for. */
const PURPOSES = ['do_train', 'do_eval', 'do_predict', 'predict_with_generate', 'export_dir'];

/**
 * Training is a switch, off unless it is written. Without it each stage loads the model and the data,
 * and is done: `if training_args.do_train` stands before `trainer.train`.
 */
export const nothingTrained: Constraint = {
  id: 'nothing-trained',
  rule: 'nothing-trained',
  severity: 'warning',
  cite: { label: 'LLaMA-Factory src/llamafactory/train/sft/workflow.py' },
  check(input: ConstraintInput) {
    const { options: o } = input;
    if (o.has('do_train') || !meansToTrain(input)) return undefined;
    if (TRAINING.filter((key) => o.has(key)).length < ENOUGH) return undefined;
    const evaluates = hasSchedule(o) === true;
    return {
      at: 'do_train',
      ...(evaluates && { with: ['eval_strategy'] }),
      message: evaluates
        ? say`without do_train the run evaluates the model and trains nothing`
        : say`without do_train the run loads the model and the data, and trains nothing`,
      fixes: [setOption('do_train', true)],
    };
  },
};

/**
 * The callback of transformers asserts a metric and a schedule of evaluation when training begins. The
 * metric is filled in by load_best_model_at_end, and by a learning rate that follows the evaluation.
 */
export const earlyStopping: Constraint = rejects(
  'early-stopping',
  'train/tuner.py: EarlyStoppingCallback of transformers trainer_callback.py',
  ({ options: o }) => {
    const steps = isSet(o, 'early_stopping_steps') && isOn(o, 'do_train');
    if (!steps || o.has('evaluation_strategy')) return undefined;
    if (hasSchedule(o) === false)
      return {
        at: 'early_stopping_steps',
        onKey: true,
        with: ['eval_strategy'],
        message: say`early stopping needs evaluation, and eval_strategy is \`no\`: it stops when training begins`,
        fixes: [removeOption('early_stopping_steps')],
      };
    const plateau = /plateau/.test(textOf(o, 'lr_scheduler_type') ?? 'plateau');
    if (mayBeOn(o, 'load_best_model_at_end') || isSet(o, 'metric_for_best_model') || plateau)
      return undefined;
    return {
      at: 'early_stopping_steps',
      onKey: true,
      message: say`early stopping needs metric_for_best_model, or load_best_model_at_end, which sets it: it stops when training begins`,
      fixes: [setOption('metric_for_best_model', 'eval_loss')],
    };
  },
);

const TIMES = ['runtime', 'samples_per_second', 'steps_per_second'];
const TEXTS = ['rouge-l', 'rouge-1', 'rouge-2', 'bleu-4'];

/** What picks the best checkpoint must be among what evaluation gives. */
export const bestMetric: Constraint = rejects(
  'best-metric',
  'train/sft/workflow.py: _determine_best_metric of transformers trainer.py',
  ({ options: o }) => {
    const written = isSet(o, 'metric_for_best_model');
    const name = written ? textOf(o, 'metric_for_best_model')?.replace(/^eval_/, '') : 'loss';
    const evaluates =
      isEval(o) === 'eval_strategy' || (isOn(o, 'do_eval') && o.has('eval_strategy'));
    const asked = written || isOn(o, 'load_best_model_at_end');
    const given = givenBy(o);
    if (!asked || name === undefined || !evaluates || !isOn(o, 'do_train') || !given)
      return undefined;
    if (given.names.some((one) => one === name) || TIMES.some((one) => name.endsWith(one)))
      return undefined;
    return {
      at: written ? 'metric_for_best_model' : 'load_best_model_at_end',
      with: given.by,
      message: say`evaluation gives ${given.names.join(', ')}, not ${name}, by which the best checkpoint is chosen: it stops after the first evaluation`,
      fixes: given.names
        .slice(0, 1)
        .map((one) => setOption('metric_for_best_model', `eval_${one}`)),
    };
  },
);

/** The metrics of the stages that have few, and of several data sets (since 0.9.3). */
function givenBy(o: Options): { names: readonly string[]; by: readonly string[] } | undefined {
  const stage = textOf(o, 'stage');
  const each = o.has('eval_on_each_dataset') && isSet(o, 'eval_dataset');
  if ((stage !== 'sft' && stage !== 'pt') || (each && !isOn(o, 'eval_on_each_dataset')))
    return undefined;
  const key = ['predict_with_generate', 'compute_accuracy'].find((one) => mayBeOn(o, one));
  if (key !== undefined && !isOn(o, key)) return undefined;
  const whole = key === 'predict_with_generate' ? TEXTS : key ? ['loss', 'accuracy'] : ['loss'];
  const sets = each ? known(namesOf(o, 'eval_dataset')) : [''];
  return (
    sets && {
      names: sets.flatMap((set) => whole.map((one) => (set === '' ? one : `${set}_${one}`))),
      by: [...(key ? [key] : []), ...(each ? ['eval_on_each_dataset'] : [])],
    }
  );
}

/** Whether the run trains, or would if the switch were not left out. */
export function meansToTrain({ options: o, recognized }: ConstraintInput): boolean {
  const { unit, scope } = recognized.sections.at(-1) ?? {};
  // The Megatron backends have workflows of their own; PPO refuses to start.
  if (scope?.unknown === 'open') return false;
  if (PURPOSES.some((key) => o.has(key))) return isOn(o, 'do_train');
  return unit?.kind === 'command' ? programOf(recognized)?.trains === true : o.has('stage');
}
