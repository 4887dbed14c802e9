import { anyRunProblems } from '../frameworks/any-run.ts';
import { checkKeys } from '../frameworks/check-keys.ts';
import { companions, joinedProblems } from '../frameworks/companions.ts';
import { elsewhere } from '../frameworks/elsewhere.ts';
import { foreignOnce, lessSureOfFile, mayBeOthers } from '../frameworks/file-alone.ts';
import { finishRun } from '../frameworks/finish.ts';
import { lessSureOfForks } from '../frameworks/forks.ts';
import type { AdapterContext, Recognized } from '../frameworks/framework.ts';
import { precisionFollows } from '../frameworks/hf/deepspeed-precision.ts';
import { type OptionTable, readOptions } from '../frameworks/options.ts';
import { ofScripts, takerOf } from '../frameworks/own-options.ts';
import { isInOwnSource, isInUnnamedCopy } from '../frameworks/own-source.ts';
import { candidates, recognizers } from '../frameworks/registry.ts';
import { releasesOf, upTo } from '../frameworks/releases.ts';
import { unparsedFlags } from '../frameworks/unparsed-flags.ts';
import { withUnreadable } from '../frameworks/unreadable.ts';
import type { Change, FieldChange } from '../run/fix-intent.ts';
import { isError, type KeyProblem } from '../run/problem.ts';
import { writtenOrigin } from '../run/sourced.ts';
import type { TrainingRun } from '../run/training-run.ts';
import type { Document, Unit } from '../syntax/document.ts';
import { contains } from '../text/span.ts';

/** A recognised run with everything that later stages look at. */
export interface LoweredRun {
  readonly recognized: Recognized;
  readonly options: OptionTable;
  readonly run: TrainingRun;
  /** What must change elsewhere with a field of the run; `undefined` where that cannot be told. */
  readonly follows: (change: FieldChange) => readonly Change[] | undefined;
  /** Another run names it. */
  readonly joined?: boolean | undefined;
}

/**
 * Finds and lowers every run of a document, in order, then the configs that they name, too. `only`
 * restricts it to one framework.
 */
export function lowerRuns(
  document: Document,
  context: AdapterContext,
  only: string | undefined,
): readonly LoweredRun[] {
  const taken = new Set<Unit>();
  const found: LoweredRun[] = [];
  const joined: LoweredRun[] = [];
  const rest = { ...context, isTaken: (unit: Unit) => taken.has(unit) };
  const asked = only === undefined ? candidates(document.file.text) : recognizers;
  for (const adapter of asked) {
    if (only !== undefined && adapter.id !== only) continue;
    const recognize = () => adapter.recognize(document, rest);
    // Words of a command all look alike to who looks for a program: `analysis/retype.ts` asks again.
    const shell = document.file.language === 'shell';
    const all = shell && context.watch ? context.watch.aside(recognize) : recognize();
    const begun = new Set<Unit>();
    for (const recognized of all) {
      const { started } = recognized;
      // Runs of one program may share a model and an adapter; each has its own arguments.
      if (mainUnits(recognized).some((unit) => taken.has(unit) && !begun.has(unit))) continue;
      for (const { unit } of recognized.sections) taken.add(unit);
      if (started) for (const units of [taken, begun]) units.add(started.unit);
      if (asksForHelp(recognized)) continue;
      const { companions: named, others, ...run } = lower(recognized, context);
      found.push(run);
      joined.push(...named.map((one) => ({ ...lower(one, context, others), joined: true })));
    }
  }
  return [...found, ...joined].sort(
    (a, b) =>
      Number(a.joined ?? false) - Number(b.joined ?? false) ||
      a.recognized.grip.span.start - b.recognized.grip.span.start,
  );
}

/** `swift sft --help` starts nothing. */
function asksForHelp({ grip, sections, started }: Recognized): boolean {
  const { unit } = started ?? sections.at(-1) ?? {};
  if (unit?.kind !== 'command') return false;
  return unit.words.some(
    ({ raw, span }) => span.start >= grip.span.end && (raw === '--help' || raw === '-h'),
  );
}

/** The command that starts a run, else the unit that its grip stands in, else all of its units. */
function mainUnits({ grip, sections, started }: Recognized): readonly Unit[] {
  if (started) return [started.unit];
  const units = sections.map(({ unit }) => unit);
  const main = sections.findLast(
    ({ file, unit }) => file === grip.file && contains(unit.span, grip.span.start),
  );
  return main === undefined ? units : [main.unit];
}

/** A lowered run, and the configs that it names. */
interface Joined extends LoweredRun {
  readonly companions: readonly Recognized[];
  /** Another program may read the file. */
  readonly others: boolean;
}

/** `ofOthers`: a file names the config that another program may read. */
function lower(recognized: Recognized, given: AdapterContext, ofOthers = false): Joined {
  const { adapter } = recognized;
  const context = upTo(recognized.newest, adapter.id, given);
  const { watch } = context;
  const options = readOptions(recognized, watch);
  const lowered = adapter.lower(options, recognized, context);
  let hasOwn = false;
  const problems = checkKeys(options, {
    elsewhere: (key, called) => elsewhere(key, adapter.id, called),
    ...releasesOf(context, adapter.id),
    taker: (option) => takerOf(option, options, context),
    isOwn(option, rule) {
      const isOwn = isInOwnSource(option, rule, context, adapter.id);
      hasOwn ||= isOwn && option.resolved.kind === 'unknown';
      return isOwn;
    },
    watch,
  });
  const input = { options, draft: lowered.draft, recognized, context };
  const mayBeForks = (found: readonly KeyProblem[]) =>
    hasOwn || (found.some(isError) && isInUnnamedCopy(context, adapter.id));
  const all = withUnreadable(
    [
      ...problems,
      ...lowered.problems.flatMap((one) =>
        repeats(one, problems) ? [] : (ofScripts(one, options, context) ?? []),
      ),
      ...joinedProblems(input),
      ...unparsedFlags(recognized, context).filter((one) => !isSaid(one, problems)),
      ...anyRunProblems(input),
    ],
    recognized,
  );
  const found = lessSureOfForks(all, options, mayBeForks(all));
  const others = ofOthers || mayBeOthers(found, recognized);
  const said = foreignOnce(others ? found.map(lessSureOfFile) : found, recognized);
  const run = finishRun(lowered.draft, recognized, options, said, context);
  const named = companions(input);
  watch?.settle();
  const follows = (change: FieldChange) => precisionFollows(change, input);
  return { recognized, options, run, follows, companions: named, others };
}

/** Whether something is said of the option already. */
function isSaid(one: KeyProblem, said: readonly KeyProblem[]): boolean {
  const entry = writtenOrigin(one.at)?.entry;
  return said.some(({ at }) => writtenOrigin(at)?.entry.keySpan.start === entry?.keySpan.start);
}

/** A framework's own check of a value that its table of choices refuses already, or that is of the wrong type. */
function repeats(one: KeyProblem, said: readonly KeyProblem[]): boolean {
  const { origin } = one.at;
  if (origin.kind !== 'written') return false;
  return said.some(
    ({ rule, at }) =>
      (rule === 'wrong-type' || (rule === 'bad-choice' && one.rule === rule)) &&
      at.origin.kind === 'written' &&
      at.origin.entry === origin.entry,
  );
}
