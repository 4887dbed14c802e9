import type { Options } from '../../run/options.ts';
import { lazy } from '../../text/lazy.ts';
import { joined, say } from '../../text/message.ts';
import type { Constraint, ConstraintInput, Violation } from '../constraint.ts';
import { removeOption, setOption } from '../constraint.ts';
import { count, isFilled, on, rejects, scalar, worldOf } from './facts.ts';

const CONFIG = 'runtime/config.py';
const TRAIN = 'train_batch_size';
const MICRO = 'train_micro_batch_size_per_gpu';
const STEPS = 'gradient_accumulation_steps';
const SIZES = [TRAIN, MICRO, STEPS];

/** Batch sizes that the text itself decides: not elastic, not tuned, not filled in by a trainer. */
function decides({ options: o }: ConstraintInput): boolean {
  return !on(o, 'elasticity.enabled') && !o.has('autotuning');
}

/** A size that is written as a number; `null` where it is absent, `undefined` where it is unknown. */
function size(o: Options, key: string): number | null | undefined {
  if (!o.has(key)) return null;
  const value = scalar(o, key);
  if (value === null) return null;
  return typeof value === 'number' ? value : undefined;
}

/** train_batch = micro x accumulation x world, and what follows when one of them is left out. */
export const batchConstraints = lazy((): readonly Constraint[] => [
  ...SIZES.map((key) =>
    rejects(
      `${key}-type`,
      CONFIG,
      (input) => {
        const value = scalar(input.options, key);
        if (typeof value !== 'string' || value === 'auto' || !decides(input)) return undefined;
        return {
          at: key,
          message: say`\`${key}\` must be a number: DeepSpeed calculates with it and stops at the text "${value}"`,
          fixes: /^\d+$/.test(value) ? [setOption(key, Number(value))] : [],
        };
      },
      'wrong-type',
    ),
  ),
  ...SIZES.map((key) =>
    rejects(`${key}-positive`, CONFIG, (input) => {
      const value = count(input.options, key);
      if (value === undefined || value > 0 || !decides(input)) return undefined;
      return { at: key, message: say`\`${key}\` has to be greater than 0, not ${value}` };
    }),
  ),
  rejects('batch-size-product', CONFIG, (input) => (decides(input) ? product(input) : undefined)),
  rejects(
    'batch-size-missing',
    CONFIG,
    (input) => {
      const { options: o, recognized } = input;
      const [root] = recognized.sections;
      const absent = size(o, TRAIN) === null && size(o, MICRO) === null;
      // An excerpt of one section, as documentation prints it, is no config yet.
      if (!absent || !decides(input) || root === undefined || root.entries.length < 2)
        return undefined;
      return {
        at: root.entries[0]?.key ?? TRAIN,
        onKey: true,
        message: say`DeepSpeed needs \`${TRAIN}\` or \`${MICRO}\`: it stops when neither is there`,
        fixes: [setOption(MICRO, isFilled(input) ? 'auto' : 1)],
      };
    },
    'missing-key',
  ),
  rejects('elastic-with-batch-sizes', CONFIG, ({ options: o }) => {
    if (!on(o, 'elasticity.enabled') || on(o, 'elasticity.ignore_non_elastic_batch_info'))
      return undefined;
    const key = SIZES.find((one) => o.has(one));
    if (key === undefined) return undefined;
    return {
      at: key,
      with: ['elasticity.enabled'],
      message: say`elastic training sets the batch sizes itself and does not take \`${key}\``,
      fixes: [removeOption(key)],
    };
  }),
]);

function product(input: ConstraintInput): Violation | undefined {
  const { options: o } = input;
  const [train, micro, steps] = SIZES.map((key) => size(o, key));
  if (isFilled(input) || train === undefined || micro === undefined || steps === undefined)
    return undefined;
  if (train === null || [train, micro, steps].some((one) => one !== null && one <= 0))
    return undefined;
  const world = worldOf(input);
  const share = (micro ?? 1) * (steps ?? 1);
  if (world === undefined)
    return train % share === 0 ? undefined : mismatch(o, train, micro, steps, undefined);
  const left = Math.floor(train / world);
  const found = {
    micro: micro ?? (steps === null ? left : Math.floor(left / steps)),
    steps: steps ?? (micro === null ? 1 : Math.floor(Math.floor(train / micro) / world)),
  };
  const right = found.micro > 0 && found.steps > 0 && found.micro * found.steps * world === train;
  return right ? undefined : mismatch(o, train, micro, steps, world);
}

function mismatch(
  o: Options,
  train: number,
  micro: number | null,
  steps: number | null,
  world: number | undefined,
): Violation {
  const parts = [
    micro === null ? say`the micro batch` : say`${micro} (micro batch)`,
    steps === null ? say`accumulation steps` : say`${steps} (accumulation)`,
    world === undefined
      ? say`processes`
      : world === 1
        ? say`1 (process)`
        : say`${world} (processes)`,
  ];
  const whole = micro !== null && world !== undefined ? micro * (steps ?? 1) * world : undefined;
  return {
    at: TRAIN,
    with: [MICRO, STEPS].filter((key) => o.has(key)),
    message: say`\`${TRAIN}\` ${train} is not ${joined(parts, ' x ')}: DeepSpeed stops`,
    fixes: [
      ...(whole === undefined ? [] : [setOption(TRAIN, whole)]),
      ...(micro !== null && steps !== null ? [removeOption(TRAIN)] : []),
    ],
  };
}
