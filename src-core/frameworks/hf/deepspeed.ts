import type { FixIntent } from '../../run/fix-intent.ts';
import { setField } from '../../run/fix-intent.ts';
import { known, type Sourced, UNKNOWN, written } from '../../run/sourced.ts';
import type { Document, Entry, MapNode, Node, Unit } from '../../syntax/document.ts';
import { type Constraint, type ConstraintInput, textOf, type Violation } from '../constraint.ts';
import type { AdapterContext, Recognized } from '../framework.ts';
import { deepSpeedOf } from './accelerate.ts';
import { mappingOf } from './parallel.ts';

/** The DeepSpeed config of a run: a file that it names, or a mapping in its own text. */
export interface NamedConfig {
  readonly document: Document;
  readonly unit: Unit;
  readonly root: MapNode;
  /** Keys that lead to `root`. */
  readonly path: readonly string[];
}

/** The DeepSpeed config that the trainer's option or accelerate's config leads to. */
export function deepSpeedConfig(
  { options, recognized }: Pick<ConstraintInput, 'options' | 'recognized'>,
  context: AdapterContext,
): NamedConfig | undefined {
  const node = options.node('deepspeed');
  if (node?.kind === 'map') return inPlace(node, recognized);
  const own = node === undefined ? undefined : textOf(options, 'deepspeed');
  const name = own ?? (node === undefined ? deepSpeedOf(recognized.launch, context) : undefined);
  if (name === undefined || !/\.json$/.test(name)) return undefined;
  return mappingOf(context.file(name, recognized.grip.file));
}

function inPlace(root: MapNode, { sections }: Recognized): NamedConfig | undefined {
  const section = sections.findLast(({ entries }) => entries.some(({ value }) => value === root));
  if (section === undefined) return undefined;
  const { document, unit, path } = section;
  return { document, unit, root, path: [...path, 'deepspeed'] };
}

/** The entry at a dotted path, and what holds it. */
function entryAt(root: MapNode, path: string): Entry | undefined {
  const [key, ...rest] = path.split('.');
  const entry = root.entries.findLast((one) => one.key === key);
  if (entry === undefined || rest.length === 0) return entry;
  return entry.value.kind === 'map' ? entryAt(entry.value, rest.join('.')) : undefined;
}

type Value = number | boolean | readonly number[];

/** One value that transformers holds against the trainer's own (`fill_match`). */
interface Match {
  /** Dotted path in the DeepSpeed config. */
  readonly path: string;
  /** The option of TrainingArguments that it must equal, as the error calls it. */
  readonly name: string;
  /** Not held against each other when the trainer looks for the batch size itself. */
  readonly batch?: boolean;
  ours(input: ConstraintInput): Value | undefined;
}

const MATCHES: readonly Match[] = [
  {
    path: 'train_micro_batch_size_per_gpu',
    name: 'per_device_train_batch_size',
    batch: true,
    ours: ({ draft }) => value(draft.microBatch),
  },
  {
    path: 'gradient_accumulation_steps',
    name: 'gradient_accumulation_steps',
    ours: ({ draft }) => value(draft.gradientAccumulation),
  },
  {
    path: 'train_batch_size',
    name: 'per_device_train_batch_size x gradient_accumulation_steps x processes',
    batch: true,
    ours: ({ draft }) => product(draft),
  },
  {
    path: 'gradient_clipping',
    name: 'max_grad_norm',
    ours: ({ draft }) => value(draft.maxGradNorm),
  },
  {
    path: 'optimizer.params.lr',
    name: 'learning_rate',
    ours: ({ draft }) => value(draft.learningRate),
  },
  {
    path: 'optimizer.params.betas',
    name: 'adam_beta1 and adam_beta2',
    ours({ options, draft }) {
      const first = value(options.float('adam_beta1'));
      const second = value(draft.adamBeta2);
      return first === undefined || second === undefined ? undefined : [first, second];
    },
  },
  {
    path: 'optimizer.params.eps',
    name: 'adam_epsilon',
    ours: ({ draft }) => value(draft.adamEpsilon),
  },
  {
    path: 'optimizer.params.weight_decay',
    name: 'weight_decay',
    ours: ({ draft }) => value(draft.weightDecay),
  },
  {
    path: 'scheduler.params.warmup_max_lr',
    name: 'learning_rate',
    ours: ({ draft }) => value(draft.learningRate),
  },
  { path: 'scheduler.params.total_num_steps', name: 'max_steps', ours: steps },
  { path: 'scheduler.params.warmup_num_steps', name: 'warmup_steps', ours: warmup },
];

function value(of: Sourced<number> | undefined): number | undefined {
  return of === undefined ? undefined : known(of);
}

function product(draft: ConstraintInput['draft']): number | undefined {
  const parts = [draft.microBatch, draft.gradientAccumulation, draft['parallel.worldSize']];
  return parts.map(value).reduce((all, one) => (all && one ? all * one : undefined), 1);
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
  const ratio = o.has('warmup_ratio') && !o.isNull('warmup_ratio') ? o.float('warmup_ratio') : undefined;
  const share = count > 0 ? count : ratio === undefined ? 0 : known(ratio);
  if (share === undefined || share === 0) return share;
  const all = steps(input);
  return all === undefined ? undefined : Math.ceil(all * share);
}

const CITE = {
  label: 'transformers integrations/deepspeed.py, trainer_config_process',
  url: 'https://github.com/huggingface/transformers/blob/main/src/transformers/integrations/deepspeed.py',
};

/**
 * The Trainer and the DeepSpeed config it is given must say the same, or leave it to the other. What
 * a config that accelerate hands over says is held against the Trainer in the same way.
 */
export const deepSpeedMatches: readonly Constraint[] = [
  ...MATCHES.map((match): Constraint => ({
    id: `deepspeed-${match.path}`,
    cite: CITE,
    check: (input) => compare(match, input),
  })),
  ...(['fp16', 'bf16'] as const).map((half): Constraint => ({
    id: `deepspeed-${half}-disagrees`,
    cite: CITE,
    check: (input) => format(half, input),
  })),
];

function compare(match: Match, input: ConstraintInput): Violation | undefined {
  const config = deepSpeedConfig(input, input.context);
  const entry = config && entryAt(config.root, match.path);
  if (config === undefined || entry === undefined) return undefined;
  if (match.batch === true && input.options.bool('auto_find_batch_size').value !== false)
    if (input.options.has('auto_find_batch_size')) return undefined;
  const theirs = read(entry.value);
  const ours = match.ours(input);
  if (theirs === undefined || ours === undefined || String(theirs) === String(ours))
    return undefined;
  return {
    at: 'deepspeed',
    place: placed(config, entry),
    with: match.name.split(/ x | and /),
    message: mismatch(match.path, theirs, match.name, ours),
    fixes: [auto(config, entry)],
  };
}

function mismatch(path: string, theirs: Value, name: string, ours: Value): string {
  return `\`${path}\` is ${theirs} here and ${name} of the trainer is ${ours}: it stops with "Please correct the following DeepSpeed config values that mismatch TrainingArguments values". \`"auto"\` takes what the trainer says`;
}

/** Numbers and booleans; `"auto"` and what is no value of that kind say nothing. */
function read(node: Node): Value | undefined {
  if (node.kind === 'list') {
    const items = node.items.map(read);
    const numbers = items.filter((item) => typeof item === 'number');
    return numbers.length === items.length ? numbers : undefined;
  }
  if (node.kind !== 'scalar') return undefined;
  return typeof node.value === 'number' || typeof node.value === 'boolean' ? node.value : undefined;
}

function placed(config: NamedConfig, entry: Entry): Sourced<unknown> {
  return written(UNKNOWN, config.document.file.path, entry, 'deepspeed');
}

function auto(config: NamedConfig, entry: Entry): FixIntent {
  const at = { kind: 'written', file: config.document.file.path, entry, scope: 'deepspeed' } as const;
  return {
    title: 'Set to `"auto"`',
    safety: 'suggestion',
    changes: [{ kind: 'value', at, to: 'auto' }],
  };
}

type Half = 'fp16' | 'bf16';

function format(half: Half, input: ConstraintInput): Violation | undefined {
  const config = deepSpeedConfig(input, input.context);
  const entry = config && entryAt(config.root, `${half}.enabled`);
  const told = entry && read(entry.value);
  const asked = flag(half, input);
  if (config === undefined || entry === undefined || asked === undefined) return undefined;
  if (typeof told !== 'boolean' || told === asked) return undefined;
  // One finding for one cause: the format that both leave off is not mentioned as well.
  const other = entryAt(config.root, `${half === 'fp16' ? 'bf16' : 'fp16'}.enabled`);
  if (other !== undefined && read(other.value) === true) return undefined;
  return {
    at: 'deepspeed',
    place: placed(config, entry),
    with: ['fp16', 'bf16'],
    message: mismatch(`${half}.enabled`, told, half, asked),
    fixes: [...(told ? [follow(half)] : []), auto(config, entry)],
  };
}

function follow(half: Half): FixIntent {
  return {
    title: `Train in ${half}, as the DeepSpeed config says`,
    safety: 'suggestion',
    changes: [setField('precision', half)],
  };
}

/** The flag as the trainer hands it on; full evaluation in that format counts, too. */
function flag(half: Half, { options, draft }: ConstraintInput): boolean | undefined {
  const asked = draft[`${half}Flag`];
  const value = asked === undefined ? undefined : known(asked);
  return options.bool(`${half}_full_eval`).value === true ? true : value;
}
