import type { Options } from '../../run/options.ts';
import { known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import { type Phrase, say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  isOn,
  removeOption,
  textOf,
  type Violation,
} from '../constraint.ts';
import type { Launch } from '../framework.ts';
import { envEntry, type Variable } from '../launch.ts';
import { madeSince } from '../since.ts';
import { firstRelease } from './releases.ts';

/** The stage as written. */
export function bareStage(o: Options): string | undefined {
  return textOf(o, 'stage');
}

/** The parts of a comma-separated text. */
export function items(text: string | undefined): readonly string[] {
  return text === undefined || text.trim() === '' ? [] : text.split(',');
}

/** The names in a list or in a text with commas (hparams/finetuning_args.py, split_arg). */
export function namesOf(o: Options, key: string): Sourced<readonly string[]> {
  const texts = o.texts(key);
  const names = known(texts)
    ?.flatMap(items)
    .map((name) => name.trim());
  // An override behind a file can be a list in brackets.
  const plain = names?.every((name) => !/[[\]]/.test(name));
  return { value: names !== undefined && plain ? names : UNKNOWN, origin: texts.origin };
}

/** Whether the names are `all` alone. */
export function isAll(names: Sourced<readonly string[]>): boolean {
  return known(names)?.join() === 'all';
}

/** Whether the run is known to shard weights with ZeRO-3. */
export function zero3({ draft }: ConstraintInput): boolean {
  return draft['parallel.zeroStage']?.value === 3;
}

/** Whether more than one process is known to train. */
export function distributed({
  draft,
  recognized,
}: Pick<ConstraintInput, 'draft' | 'recognized'>): boolean {
  const world = draft['parallel.worldSize'];
  const forced = envEntry(recognized.launch, 'FORCE_TORCHRUN')?.value;
  return (
    (world !== undefined && (known(world) ?? 1) > 1) ||
    (forced?.kind === 'scalar' && forced.text === '1')
  );
}

/** Whether a variable of the environment is set, and not to what `is_env_enabled` takes for off (extras/misc.py). */
export function mayBeEnabled(launch: Launch, name: Variable): boolean {
  const value = envEntry(launch, name)?.value;
  return value !== undefined && !(value.kind === 'scalar' && !/^(?:true|y|1)$/i.test(value.text));
}

/** Whether the environment lets LLaMA-Factory drop keys that it does not have. */
export function allowsExtraKeys(launch: Launch): boolean {
  return mayBeEnabled(launch, 'ALLOW_EXTRA_ARGS');
}

/** Whether the training is evaluated on a schedule, which is off by default; `undefined` where that is not known. */
export function hasSchedule(o: Options): boolean | undefined {
  const said = o.has('eval_strategy') ? textOf(o, 'eval_strategy') : 'no';
  return said === undefined ? undefined : !/^(?:no|false)$/i.test(said);
}

/** The key that turns evaluation on, if any: `eval_strategy` sets do_eval. */
export function isEval(o: Options): string | undefined {
  if (isOn(o, 'do_eval')) return 'do_eval';
  return hasSchedule(o) === true ? 'eval_strategy' : undefined;
}

type Check = (input: ConstraintInput) => Violation | undefined;

/** A check of LLaMA-Factory, for releases that make it; `where` is the file below src/llamafactory. */
export function rejects(id: string, where: string, check: Check): Constraint {
  return {
    id,
    cite: { label: `LLaMA-Factory src/llamafactory/${where}` },
    check: madeSince('llamafactory', firstRelease(id), check),
  };
}

/** Two options that exclude each other; either can go. */
export function exclusive(
  a: string,
  b: string,
  message: Phrase = say`\`${a}\` and \`${b}\` exclude each other`,
): Violation {
  return { at: a, with: [b], message, fixes: [removeOption(a), removeOption(b)] };
}
