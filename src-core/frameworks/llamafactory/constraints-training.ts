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
import { isEval, rejects } from './facts.ts';
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
    const evaluates = isEval(o);
    return {
      at: 'do_train',
      ...(evaluates && { with: [evaluates] }),
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
    const schedule = o.has('eval_strategy') ? textOf(o, 'eval_strategy') : 'no';
    if (schedule === 'no' || schedule === 'False')
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

/** Whether the run trains, or would if the switch were not left out. */
export function meansToTrain({ options: o, recognized }: ConstraintInput): boolean {
  const { unit, scope } = recognized.sections.at(-1) ?? {};
  // The Megatron backends have workflows of their own; PPO refuses to start.
  if (scope?.unknown === 'open') return false;
  if (PURPOSES.some((key) => o.has(key))) return isOn(o, 'do_train');
  return unit?.kind === 'command' ? programOf(recognized)?.trains === true : o.has('stage');
}
