import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  isOff,
  isSet,
  numberOf,
  removeOption,
  setOption,
  textOf,
} from '../constraint.ts';

const quantized = lazy((): readonly Constraint[] => [
  {
    id: 'quantize-mixed-precision',
    cite: { label: 'litgpt finetune/lora.py, setup' },
    check({ options: o }) {
      if (!isSet(o, 'quantize')) return undefined;
      const precision = isSet(o, 'precision') ? textOf(o, 'precision') : undefined;
      // Without a word the precision is a mixed one, whatever the card.
      if (o.has('precision') && precision === undefined) return undefined;
      if (precision !== undefined && !precision.includes('mixed')) return undefined;
      return {
        at: 'quantize',
        with: ['precision'],
        message:
          precision === undefined
            ? say`quantize needs a precision without autocast, and the default is a mixed one`
            : say`quantize does not work with mixed precision (${precision})`,
        fixes: [setOption('precision', 'bf16-true')],
      };
    },
  },
  {
    id: 'quantize-several-devices',
    cite: { label: 'litgpt finetune/lora.py, setup' },
    check({ options: o }) {
      const devices = o.has('devices') ? (known(o.int('devices')) ?? 1) : 1;
      if (!isSet(o, 'quantize') || devices <= 1) return undefined;
      return {
        at: 'quantize',
        with: ['devices'],
        message: say`quantised training runs on one device, not on ${devices}`,
        fixes: [setOption('devices', 1)],
      };
    },
  },
]);

function commandOf({ recognized }: ConstraintInput): string {
  return recognized.sections.at(-1)?.scope.id ?? '';
}

/** Whether an option is written, and not as null: on a command line, too, jsonargparse reads YAML. */
function isGiven(o: ConstraintInput['options'], key: string): boolean {
  return isSet(o, key) && textOf(o, key) !== 'null';
}

/** What `validate_args` of a command refuses (litgpt/finetune/*.py, litgpt/pretrain.py). */
const REFUSED: readonly (readonly [command: RegExp, key: string])[] = [
  ...['max_tokens', 'max_norm', 'tie_embeddings', 'lr_warmup_fraction'].map(
    (key) => [/^finetune_/, key] as const,
  ),
  [/^pretrain$/, 'epochs'],
];

const refused = lazy((): readonly Constraint[] =>
  REFUSED.map(([command, key]) => ({
    id: `refused-${key}`,
    cite: { label: 'litgpt finetune/*.py and pretrain.py, validate_args' },
    check: (input) => {
      const name = commandOf(input);
      if (!command.test(name) || !isGiven(input.options, key)) return undefined;
      return {
        at: key,
        message: say`litgpt ${name} does not take \`train.${key}\`: it stops`,
        fixes: [removeOption(key)],
      };
    },
  })),
);

const others = lazy((): readonly Constraint[] => [
  {
    id: 'two-starts',
    cite: { label: 'litgpt pretrain.py, validate_args' },
    check: ({ options: o }) => {
      const [key, other] = ['initial_checkpoint_dir', 'resume'] as const;
      if (!isGiven(o, key) || !isGiven(o, other) || isOff(o, other)) return undefined;
      return {
        at: key,
        with: [other],
        message: say`\`${key}\` and \`${other}\` exclude each other`,
        fixes: [removeOption(key)],
      };
    },
  },
  {
    id: 'two-warmups',
    cite: { label: 'litgpt args.py, TrainArgs' },
    check: (input) => {
      const { options: o } = input;
      const [key, other] = ['lr_warmup_fraction', 'lr_warmup_steps'] as const;
      if (commandOf(input) !== 'pretrain' || !isSet(o, key) || !numberOf(o, key)) return undefined;
      // A number of steps is the default.
      if (o.has(other) && !numberOf(o, other)) return undefined;
      return {
        at: key,
        with: [other],
        message: say`\`${key}\` and \`${other}\` exclude each other, and unless it is written \`${other}\` is not 0`,
        fixes: [removeOption(key)],
      };
    },
  },
  {
    id: 'batch-of-device',
    cite: { label: 'litgpt args.py, gradient_accumulation_iters' },
    check: ({ options: o }) => {
      const [whole, micro] = ['global_batch_size', 'micro_batch_size'] as const;
      const [all, one] = [whole, micro].map((key) => (o.has(key) ? numberOf(o, key) : undefined));
      const devices = o.has('devices') ? known(o.int('devices')) : undefined;
      const nodes = numberOf(o, 'num_nodes');
      if (all === undefined || !devices || !nodes) return undefined;
      const each = Math.floor(all / (devices * nodes));
      if (each >= (one ?? 1)) return undefined;
      return {
        at: whole,
        with: [micro, 'devices', 'num_nodes'],
        message: say`a device gets ${each} samples of \`${whole}\`, fewer than a micro batch (${one ?? 1})`,
      };
    },
  },
]);

/** What litgpt's commands check before they train. */
export const litgptConstraints = lazy((): readonly Constraint[] => [
  ...quantized(),
  ...refused(),
  ...others(),
]);
