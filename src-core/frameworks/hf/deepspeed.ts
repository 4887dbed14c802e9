import type { FixIntent } from '../../run/fix-intent.ts';
import { setField } from '../../run/fix-intent.ts';
import { known, type Sourced, UNKNOWN, written } from '../../run/sourced.ts';
import type { Entry, MapNode, Node } from '../../syntax/document.ts';
import { lazy } from '../../text/lazy.ts';
import { type Message, type Phrase, say } from '../../text/message.ts';
import { type Constraint, type ConstraintInput, textOf, type Violation } from '../constraint.ts';
import type { AdapterContext, Recognized } from '../framework.ts';
import {
  deepSpeedOf,
  launchedPrecision,
  launchSetting,
  mappingOf,
  type NamedMapping,
} from './accelerate.ts';
import { MATCHES, type Match, type Value } from './deepspeed-matches.ts';

/** The DeepSpeed config of a run: what its option or accelerate's config leads to, or holds. */
export function deepSpeedConfig(
  { options, recognized }: Pick<ConstraintInput, 'options' | 'recognized'>,
  context: AdapterContext,
): NamedMapping | undefined {
  const node = options.node('deepspeed');
  if (node?.kind === 'map') return inPlace(node, recognized);
  if (node === undefined) return deepSpeedOf(recognized.launch, context);
  const name = textOf(options, 'deepspeed');
  if (name === undefined || !/\.json$/.test(name)) return undefined;
  return mappingOf(context.file(name, recognized.grip.file));
}

function inPlace(root: MapNode, { sections }: Recognized): NamedMapping | undefined {
  const section = sections.findLast(({ entries }) => entries.some(({ value }) => value === root));
  if (section === undefined) return undefined;
  const { document, unit, path } = section;
  return { document, unit, root, path: [...path, 'deepspeed'] };
}

/** The entry at a dotted path. */
export function entryAt(root: MapNode, path: string): Entry | undefined {
  const [key, ...rest] = path.split('.');
  const entry = root.entries.findLast((one) => one.key === key);
  if (entry === undefined || rest.length === 0) return entry;
  return entry.value.kind === 'map' ? entryAt(entry.value, rest.join('.')) : undefined;
}

const CITE = {
  label: 'transformers integrations/deepspeed.py, trainer_config_process',
  url: 'https://github.com/huggingface/transformers/blob/main/src/transformers/integrations/deepspeed.py',
};

/**
 * The Trainer and the DeepSpeed config it is given must say the same, or the config leaves it to the
 * Trainer. A config that accelerate hands over is held against the Trainer in the same way.
 */
export const deepSpeedMatches = lazy((): readonly Constraint[] => [
  ...MATCHES.map(
    (match): Constraint => ({
      id: `deepspeed-${match.path}`,
      cite: CITE,
      check: (input) => compare(match, input),
    }),
  ),
  ...(['fp16', 'bf16'] as const).map(
    (half): Constraint => ({
      id: `deepspeed-${half}-disagrees`,
      cite: CITE,
      check: (input) => format(half, input),
    }),
  ),
  { id: 'deepspeed-launched-format', cite: CITE, check: launchedFormat },
]);

/** accelerate enables its mixed precision in the config that it makes of its own few keys. */
function launchedFormat(input: ConstraintInput): Violation | undefined {
  const { options, recognized, context, draft } = input;
  const engine = draft['parallel.engine'];
  const launched = launchedPrecision(recognized.launch, context);
  const format = launched && known(launched);
  if (options.has('deepspeed') || engine?.value !== 'deepspeed') return undefined;
  if (launched === undefined || format === undefined || format === 'none') return undefined;
  const asked = (['fp16', 'bf16'] as const).some((half) => flag(half, input) !== false);
  const [key, section] = ['deepspeed_config_file', 'deepspeed_config'] as const;
  if (asked || launchSetting(recognized.launch, context, key, section)) return undefined;
  const half: Half = format === 'fp16' ? 'fp16' : 'bf16';
  return {
    at: half,
    place: launched,
    message: say`${mismatch(`${half}.enabled`, true, half, false)}. Set ${half} there, too`,
    fixes: [follow(half)],
  };
}

const AUTO = say`. \`"auto"\` takes what the trainer says`;

function compare(match: Match, input: ConstraintInput): Violation | undefined {
  const config = deepSpeedConfig(input, input.context);
  const entry = config && entryAt(config.root, match.path);
  if (config === undefined || entry === undefined) return undefined;
  const theirs = read(entry.value);
  const ours = match.ours(input);
  if (theirs === undefined || ours === undefined || same(theirs, ours)) return undefined;
  const own = config.path[0] === 'deepspeed_config';
  return {
    at: 'deepspeed',
    place: placed(config, entry),
    with: ['deepspeed', ...match.options],
    message: say`${mismatch(match.path, theirs, match.name, ours)}${own ? '' : AUTO}`,
    fixes: own ? [] : [auto(config, [entry])],
  };
}

function same(a: Value, b: Value): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function mismatch(path: string, theirs: Value, name: Message, ours: Value): Phrase {
  return say`\`${path}\` is ${show(theirs)} here, the trainer's ${name} is ${show(ours)}: the trainer stops with "Please correct the following DeepSpeed config values that mismatch TrainingArguments values"`;
}

function show(value: Value): string {
  return typeof value === 'object' ? `[${value.join(', ')}]` : String(value);
}

/** Numbers and booleans; `"auto"` and what is no value of that kind say nothing. */
export function read(node: Node): Value | undefined {
  if (node.kind === 'list') {
    const numbers = node.items.map(read).filter((item) => typeof item === 'number');
    return numbers.length === node.items.length ? numbers : undefined;
  }
  if (node.kind !== 'scalar') return undefined;
  return typeof node.value === 'number' || typeof node.value === 'boolean' ? node.value : undefined;
}

function placed(config: NamedMapping, entry: Entry): Sourced<unknown> {
  return written<unknown>(UNKNOWN, config.document.file.path, entry, 'deepspeed');
}

function auto({ document }: NamedMapping, entries: readonly Entry[]): FixIntent {
  const { path: file } = document.file;
  return {
    title: say`Set to \`"auto"\``,
    safety: 'suggestion',
    changes: entries.map((entry) => ({
      kind: 'value',
      at: { kind: 'written', file, entry, scope: 'deepspeed' },
      to: 'auto',
    })),
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
  // One finding for one cause: where the other format is on, that one is named.
  const other = entryAt(config.root, `${half === 'fp16' ? 'bf16' : 'fp16'}.enabled`);
  if (other !== undefined && read(other.value) === true) return undefined;
  return {
    at: 'deepspeed',
    place: placed(config, entry),
    with: ['deepspeed', 'fp16', 'bf16'],
    message: say`${mismatch(`${half}.enabled`, told, half, asked)}${AUTO}`,
    fixes: [...(told ? [follow(half)] : []), auto(config, other ? [entry, other] : [entry])],
  };
}

function follow(half: Half): FixIntent {
  return {
    title: say`Train in ${half}, as the DeepSpeed config says`,
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
