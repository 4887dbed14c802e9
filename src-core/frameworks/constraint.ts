import type { FixIntent } from '../run/fix-intent.ts';
import type { Options } from '../run/options.ts';
import type { KeyProblem, Severity } from '../run/problem.ts';
import type { RunDraft } from '../run/run-fields.ts';
import { byDefault, type Citation, known, type Sourced, UNKNOWN } from '../run/sourced.ts';
import { lazy } from '../text/lazy.ts';
import type { Phrase } from '../text/message.ts';
import { say } from '../text/message.ts';
import { isCutOff, isElided, isOpenEnded } from './elided.ts';
import type { AdapterContext, Recognized } from './framework.ts';
import { isMendedByNone } from './maybe-none.ts';
import { isPlaceholder } from './placeholder.ts';
import { isMendedUnseen } from './unseen.ts';

/** What a constraint may look at. */
export interface ConstraintInput {
  readonly options: Options;
  /** What the adapter made of the options. */
  readonly draft: RunDraft;
  readonly recognized: Recognized;
  readonly context: AdapterContext;
  /** Whether what is not written may be given out of sight. */
  readonly unseen?: boolean;
}

/** What a violated constraint says. */
export interface Violation {
  /** The option to underline; it may be one that is not written (the run's grip then). */
  readonly at: string;
  /** The place to underline where it is none of the run's own options: a value in a file it names. */
  readonly place?: Sourced<unknown>;
  /** Underline the key rather than the value. */
  readonly onKey?: boolean;
  /** Other options that take part. */
  readonly with?: readonly string[];
  /** What the framework does with it, in our words, its own message quoted where that helps. */
  readonly message: Phrase;
  readonly fixes?: readonly FixIntent[];
}

/** A check that the framework itself makes before the run starts. */
export interface Constraint {
  readonly id: string;
  /** Default: `rejected-combination`. */
  readonly rule?: KeyProblem['rule'];
  /** Default: `error`, since the framework stops. */
  readonly severity?: Severity;
  /** Where in the framework's source the check is made. */
  readonly cite: Citation;
  /** `undefined` when all is well, or when too little is known to say. */
  check(input: ConstraintInput): Violation | undefined;
}

/**
 * Runs the constraints of a framework; each that is violated becomes a problem. A command that is
 * seen in part is not judged: what it lacks may be in the other part. Neither are arguments that the
 * command line of a program fills in. Where a script hands options on (`"$@"`), or the shell ends the command
 * before some (which is said), none is missed: what one of them may mend is no violation, nor is what goes where
 * an unknown value of a program is None.
 */
export function checkConstraints(
  constraints: readonly Constraint[],
  input: ConstraintInput,
): readonly KeyProblem[] {
  const problems: KeyProblem[] = [];
  if (isElided(input.recognized) || isFilledIn(input.recognized)) return problems;
  const { watch } = input.context;
  const openEnded = isOpenEnded(input.recognized);
  const hasMore = lazy(() => openEnded || isCutOff(input.recognized));
  for (const constraint of constraints) {
    const check = (): Violation | undefined => {
      const found = constraint.check(input);
      if (found === undefined || isUnfilled(found, input.options)) return undefined;
      if (isMendedByNone(constraint, input, found)) return undefined;
      return hasMore() && isMendedUnseen(constraint, input, found) ? undefined : found;
    };
    const found = watch === undefined ? check() : watch.check(check);
    if (found !== undefined) problems.push(toProblem(constraint, found, input.options));
  }
  return problems;
}

/** Whether a template has yet to fill in what is found wrong. */
function isUnfilled({ at, place, onKey }: Violation, options: Options): boolean {
  const node = place === undefined && onKey !== true ? options.node(at) : undefined;
  return node?.kind === 'scalar' && isPlaceholder(node.text);
}

/** Problems that most runs have none of: looked for again only where what they look at has changed. */
export function seldom(
  { watch }: Pick<AdapterContext, 'watch'>,
  look: () => readonly KeyProblem[],
): readonly KeyProblem[] {
  const check = (): readonly KeyProblem[] | undefined => {
    const found = look();
    return found.length === 0 ? undefined : found;
  };
  return (watch === undefined ? check() : watch.check(check)) ?? [];
}

/** Whether a program's own command line completes the options. */
function isFilledIn({ sections, trains }: Recognized): boolean {
  return sections.some(({ unit, implied }) => unit.kind === 'class' || (implied && !trains));
}

function toProblem(constraint: Constraint, found: Violation, options: Options): KeyProblem {
  const place = (key: string) =>
    options.has(key) ? options.get(key) : byDefault<unknown>(UNKNOWN, 'not written');
  const related = (found.with ?? [])
    .filter((key) => options.has(key))
    .map((key) => ({ at: place(key), message: say`\`${key}\` takes part` }));
  return {
    rule: constraint.rule ?? 'rejected-combination',
    at: found.place ?? place(found.at),
    ...(found.onKey === true && { onKey: true }),
    severity: constraint.severity ?? 'error',
    message: found.message,
    cite: constraint.cite,
    related,
    ...(found.fixes === undefined ? {} : { fixes: found.fixes }),
  };
}

/** Whether a boolean option is known to be true. */
export function isOn(options: Options, key: string): boolean {
  return options.bool(key).value === true;
}

/** Whether a boolean option is true, or written so that it may be. */
export function mayBeOn(options: Options, key: string): boolean {
  const { value } = options.bool(key);
  return value === true || (value === UNKNOWN && options.has(key));
}

/** Whether a boolean option is known to be false. */
export function isOff(options: Options, key: string): boolean {
  return options.bool(key).value === false;
}

/** Whether an option is written with a value that is not null. */
export function isSet(options: Options, key: string): boolean {
  return options.has(key) && !options.isNull(key);
}

/** The text of an option, written or default, when it is known. */
export function textOf(options: Options, key: string): string | undefined {
  return known(options.text(key));
}

/** The number of an option, written or default, when it is known. */
export function numberOf(options: Options, key: string): number | undefined {
  return known(options.float(key));
}

/** A fix that removes an option. */
export function removeOption(key: string): FixIntent {
  return {
    title: say`Remove \`${key}\``,
    safety: 'suggestion',
    changes: [{ kind: 'option', key, to: null }],
  };
}

/** A fix that sets an option. */
export function setOption(key: string, to: string | number | boolean): FixIntent {
  return {
    title: say`Set \`${key}\` to \`${to}\``,
    safety: 'suggestion',
    changes: [{ kind: 'option', key, to }],
  };
}
