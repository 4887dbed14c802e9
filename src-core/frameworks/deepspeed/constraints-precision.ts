import type { FixIntent } from '../../run/fix-intent.ts';
import type { Options } from '../../run/options.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, removeOption, setOption, type Violation } from '../constraint.ts';
import { numberOfText } from '../convert.ts';
import { isFilled, on, rejects, scalar, zeroStage } from './facts.ts';

const PRECISION = 'runtime/precision_config.py';
const CONFIG = 'runtime/config.py';

/** The number that Python's `float` makes of the value of `key`; `null` when it makes none. */
function asFloat(o: Options, key: string): number | null | undefined {
  const value = scalar(o, key);
  if (value === undefined || value === 'auto') return undefined;
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? (numberOfText(value) ?? null) : null;
}

/** Dynamic scaling: fp16 is on and loss_scale is 0. */
function dynamic(o: Options): boolean {
  return on(o, 'fp16.enabled') && (asFloat(o, 'fp16.loss_scale') ?? 0) === 0;
}

/** A trainer that fills the config in knows which of the two it wants. */
const bothAuto: FixIntent = {
  title: say`Set both to \`"auto"\`: the trainer says which`,
  safety: 'suggestion',
  changes: ['fp16.enabled', 'bf16.enabled'].map((key) => ({ kind: 'option', key, to: 'auto' })),
};

/** The checks of fp16, bf16 and autocast. */
export const precisionConstraints = lazy((): readonly Constraint[] => [
  rejects('fp16-and-bf16', CONFIG, (input) => {
    const { options: o } = input;
    if (!on(o, 'fp16.enabled') || !on(o, 'bf16.enabled')) return undefined;
    return {
      at: 'bf16.enabled',
      with: ['fp16.enabled'],
      message: say`fp16 and bf16 are both enabled: DeepSpeed takes one`,
      fixes: isFilled(input)
        ? [bothAuto]
        : [setOption('fp16.enabled', false), setOption('bf16.enabled', false)],
    };
  }),
  rejects('loss-scale', PRECISION, ({ options: o }) => {
    const value = asFloat(o, 'fp16.loss_scale');
    if (value === undefined || (value !== null && value >= 0 && Number.isFinite(value)))
      return undefined;
    return {
      at: 'fp16.loss_scale',
      message: say`fp16.loss_scale must be a finite number, 0 or more; 0 lets DeepSpeed scale dynamically`,
      fixes: [setOption('fp16.loss_scale', 0)],
    };
  }),
  ...['loss_scale_window', 'min_loss_scale'].flatMap((key) => [
    rejects(
      `${key}-type`,
      PRECISION,
      ({ options: o }) => {
        if (typeof scalar(o, `fp16.${key}`) !== 'boolean') return undefined;
        return {
          at: `fp16.${key}`,
          message: say`fp16.${key} must be a whole number, not a boolean`,
        };
      },
      'wrong-type',
    ),
    rejects(`${key}-positive`, PRECISION, ({ options: o }) => {
      const value = asFloat(o, `fp16.${key}`);
      if (typeof value !== 'number' || Math.trunc(value) > 0 || !dynamic(o)) return undefined;
      return {
        at: `fp16.${key}`,
        with: ['fp16.loss_scale'],
        message: say`dynamic loss scaling needs fp16.${key} above 0, not ${value}`,
        fixes: [removeOption(`fp16.${key}`)],
      };
    }),
  ]),
  ...[
    ['fp16.fp16_master_weights_and_grads', 'fp16'],
    ['bf16.bf16_master_weights_and_grads', 'bf16'],
    ['bf16.bf16_optimizer_states', 'bf16'],
  ].map(([key = '', kind = '']) =>
    rejects(`${key}-without-zero`, CONFIG, ({ options: o }) => {
      if (!on(o, key) || zeroStage(o) !== 0) return undefined;
      return {
        at: key,
        with: ['zero_optimization.stage'],
        message: say`16-bit ${kind} states need ZeRO stage 1, 2 or 3`,
        fixes: [removeOption(key)],
      };
    }),
  ),
  rejects('optimizer-states-without-master', CONFIG, ({ options: o }) => {
    const key = 'bf16.bf16_master_weights_and_grads';
    if (!on(o, 'bf16.bf16_optimizer_states') || on(o, key)) return undefined;
    return {
      at: 'bf16.bf16_optimizer_states',
      with: [key],
      message: say`bf16_optimizer_states needs bf16_master_weights_and_grads as well`,
    };
  }),
  rejects('autocast-dtype', CONFIG, ({ options: o }) =>
    oneOf(o, 'torch_autocast.dtype', DTYPES, false),
  ),
  ...['communication_data_type', 'seq_parallel_communication_data_type'].map((key) =>
    rejects(key, CONFIG, ({ options: o }) => oneOf(o, key, ['fp16', 'bf16', 'fp32'], true)),
  ),
  rejects('gradient-allreduce-op', CONFIG, ({ options: o }) =>
    oneOf(o, 'gradient_allreduce_op', ['mean', 'sum'], true),
  ),
  ...[
    ['zero-3', say`ZeRO stage 3`, (o: Options) => zeroStage(o) === 3],
    ['zenflow', say`ZenFlow`, (o: Options) => o.node('zero_optimization.zenflow')?.kind === 'map'],
    ['deepcompile', say`DeepCompile`, (o: Options) => on(o, 'compile.deepcompile')],
  ].map(([id, name, test]) =>
    rejects(`allreduce-sum-${String(id)}`, CONFIG, ({ options: o }) => {
      const op = scalar(o, 'gradient_allreduce_op');
      if (String(op).toLowerCase() !== 'sum' || typeof test !== 'function' || !test(o))
        return undefined;
      return {
        at: 'gradient_allreduce_op',
        message: say`gradients cannot be summed under ${String(name)}: gradient_allreduce_op must be mean`,
        fixes: [setOption('gradient_allreduce_op', 'mean')],
      };
    }),
  ),
]);

const DTYPES = [
  ...['torch.float16', 'fp16', 'float16', 'half'],
  ...['torch.bfloat16', 'bf16', 'bfloat16'],
  ...['torch.float32', 'fp32', 'float32', 'float', 'torch.int8', 'int8'],
];

function oneOf(
  o: Options,
  key: string,
  choices: readonly string[],
  anyCase: boolean,
): Violation | undefined {
  const value = scalar(o, key);
  if (value === undefined || value === 'auto' || (value === null && key.endsWith('data_type')))
    return undefined;
  const text = typeof value === 'string' && anyCase ? value.toLowerCase() : value;
  if (choices.some((choice) => choice === text)) return undefined;
  return {
    at: key,
    message: say`${key} cannot be \`${value}\`: one of ${choices.map((one) => `\`${one}\``).join(', ')}`,
  };
}
