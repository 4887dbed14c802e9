import { known, type Sourced } from '../../run/sourced.ts';
import { type Message, say } from '../../text/message.ts';
import type { ConstraintInput } from '../constraint.ts';

/** What a DeepSpeed config and a trainer may say of the same thing. */
export type Value = number | boolean | readonly number[];

/** One value of a DeepSpeed config that the Trainer holds against its own. */
export interface Match {
  /** Dotted path in the DeepSpeed config. */
  readonly path: string;
  /** How the message calls the trainer's side. */
  readonly name: Message;
  /** The trainer's options that take part. */
  readonly options: readonly string[];
  /** The trainer's value; `undefined` where it is not known. */
  ours(input: ConstraintInput): Value | undefined;
}

const BATCH = ['per_device_train_batch_size', 'gradient_accumulation_steps'];

/** The pairs that `trainer_config_process` and `trainer_config_finalize` compare. */
export const MATCHES: readonly Match[] = [
  one('train_micro_batch_size_per_gpu', 'per_device_train_batch_size', ({ draft }) =>
    value(draft.microBatch),
  ),
  one('gradient_accumulation_steps', 'gradient_accumulation_steps', ({ draft }) =>
    value(draft.gradientAccumulation),
  ),
  {
    path: 'train_batch_size',
    name: say`batch (micro batch x accumulation x processes)`,
    options: BATCH,
    ours: batch,
  },
  one('gradient_clipping', 'max_grad_norm', ({ draft }) => value(draft.maxGradNorm)),
  one('optimizer.params.lr', 'learning_rate', ({ draft }) => value(draft.learningRate)),
  {
    path: 'optimizer.params.betas',
    name: say`adam_beta1 and adam_beta2`,
    options: ['adam_beta1', 'adam_beta2'],
    ours({ options, draft }) {
      const first = value(options.float('adam_beta1'));
      const second = value(draft.adamBeta2);
      return first === undefined || second === undefined ? undefined : [first, second];
    },
  },
  one('optimizer.params.eps', 'adam_epsilon', ({ draft }) => value(draft.adamEpsilon)),
  one('optimizer.params.weight_decay', 'weight_decay', ({ draft }) => value(draft.weightDecay)),
  one('scheduler.params.warmup_max_lr', 'learning_rate', ({ draft }) => value(draft.learningRate)),
  one('scheduler.params.total_num_steps', 'max_steps', steps),
  one('scheduler.params.warmup_num_steps', 'warmup_steps', warmup),
];

function one(path: string, name: string, ours: Match['ours']): Match {
  return { path, name, options: [name], ours };
}

function value(of: Sourced<number> | undefined): number | undefined {
  return of === undefined ? undefined : known(of);
}

/** `python train.py` starts one process whatever the machine has; a launcher says how many. */
function batch({ draft, recognized }: ConstraintInput): number | undefined {
  const { launcher, worldSize } = recognized.launch;
  const command = recognized.sections.some(({ unit }) => unit.kind === 'command');
  if (command && launcher === undefined && worldSize === undefined) return undefined;
  const parts = [draft.microBatch, draft.gradientAccumulation, draft['parallel.worldSize']];
  const known = parts.map(value).filter((part) => part !== undefined);
  return known.length === parts.length ? known.reduce((all, part) => all * part, 1) : undefined;
}

function steps({ options: o }: ConstraintInput): number | undefined {
  const most = o.has('max_steps') ? known(o.int('max_steps')) : undefined;
  return most !== undefined && most > 0 ? most : undefined;
}

/** Warm-up in steps: as written, else its share of steps that are known. */
function warmup(input: ConstraintInput): number | undefined {
  const { options: o } = input;
  const count = o.has('warmup_steps') ? known(o.float('warmup_steps')) : 0;
  if (count === undefined || count >= 1) return count;
  const asked = o.has('warmup_ratio') && !o.isNull('warmup_ratio');
  const share = count > 0 ? count : asked ? known(o.float('warmup_ratio')) : 0;
  if (share === undefined || share === 0) return share;
  const all = steps(input);
  return all === undefined ? undefined : Math.ceil(all * share);
}
