import type { FixIntent } from '../run/fix-intent.ts';
import type { KeyProblem } from '../run/problem.ts';
import { sentence } from '../run/sentence.ts';
import type { Watch } from '../syntax/watch.ts';
import { type Message, type Phrase, say, word } from '../text/message.ts';
import { checkValue } from './check-value.ts';
import type { Section } from './framework.ts';
import type { OptionTable, WrittenOption } from './options.ts';
import { originOf, pointAt } from './point-at.ts';
import { isAtEnd, isAtStart, type Releases, stillHas } from './releases.ts';
import { findKey, sameEnding, similarKeys } from './resolve-key.ts';
import type { GoneKey, KeySpec, Scope } from './schema.ts';
import { compareVersions } from './version.ts';

/** What checking needs to know beyond the options. */
export interface KeyCheckContext extends Releases {
  /** Another framework that has this key, to tell a mix-up from a fork's own option. */
  elsewhere(key: string): Message | undefined;
  /** Notes who looks at the value that is being edited. */
  readonly watch?: Watch | undefined;
}

/** Problems after which nothing more is said of one file: it is something else, or generated. */
const ENOUGH = 100;

/** Everything that can be said of keys and values from the tables alone. */
export function checkKeys(table: OptionTable, context: KeyCheckContext): readonly KeyProblem[] {
  const problems: KeyProblem[] = [];
  for (const option of table.entries) {
    const check = () => checkEntry(table, option, context);
    const watched = option.entry.value === context.watch?.node ? context.watch : undefined;
    const problem = watched === undefined ? check() : watched.check(check);
    if (problem !== undefined) problems.push(problem);
    if (problems.length >= ENOUGH) break;
  }
  return [...problems, ...duplicates(table).slice(0, ENOUGH)];
}

function checkEntry(
  table: OptionTable,
  option: WrittenOption,
  context: KeyCheckContext,
): KeyProblem | undefined {
  const { resolved } = option;
  switch (resolved.kind) {
    case 'key': {
      if (resolved.spec.rare === true && !inMode(table))
        return unknownProblem(table, option, context);
      const gone = goneByVersion(option, resolved.spec, context);
      if (gone !== undefined) return goneProblem(table, option, gone, context);
      const early = tooNew(option, resolved.spec, context);
      if (early !== undefined) return early;
      // A plugin file may register values that the table cannot know.
      const { choicesExtendedBy: plugins } = resolved.spec;
      const problem = lessSureOfScripts(
        checkValue(option, resolved.spec, resolved.negated, context),
        option.section,
      );
      const extended = problem?.rule === 'bad-choice' && plugins?.some((key) => table.has(key));
      return extended === true ? undefined : problem;
    }
    case 'gone':
      return stillHas(resolved.gone, option.section.scope, context) &&
        !isAtEnd(resolved.gone, option.section.scope, context)
        ? undefined
        : goneProblem(table, option, resolved.gone, context);
    case 'ambiguous':
      return {
        rule: 'unknown-key',
        at: pointAt(option),
        onKey: true,
        severity: 'error',
        message: say`\`${option.entry.key}\` could be ${list(resolved.names)}: write the whole name`,
      };
    case 'unknown':
      return unknownProblem(table, option, context);
  }
}

/** Whether the options are those of a script of one's own, which may mean something else by a name. */
function isOwnScript({ scope, unit }: Section): boolean {
  return scope.shared === true && unit.kind === 'command';
}

function lessSureOfScripts(problem: KeyProblem | undefined, section: Section) {
  if (problem?.severity !== 'error' || !isOwnScript(section)) return problem;
  const message = say`${problem.message} (unless the script has an option of that name)`;
  return { ...problem, severity: 'warning' as const, message };
}

/** One key of a mode that only the environment shows is a mistake; two or more are the mode. */
function inMode(table: OptionTable): boolean {
  const rare = table.entries.filter(
    ({ resolved }) => resolved.kind === 'key' && resolved.spec.rare,
  );
  return rare.length > 1;
}

/** A key that only older releases have: condemned when the version in use is known to be newer. */
function goneByVersion(
  option: WrittenOption,
  spec: KeySpec,
  context: KeyCheckContext,
): GoneKey | undefined {
  const { scope, unit } = option.section;
  const guarded = unit.kind === 'call' && unit.guarded;
  if (spec.until === undefined || guarded) return undefined;
  const version = context.version(spec.package ?? scope.framework);
  const gone = { until: spec.until, package: spec.package };
  if (version === undefined || stillHas(gone, scope, context)) return undefined;
  return scope.gone.find((one) => one.name === spec.name) ?? { name: spec.name, until: spec.until };
}

/**
 * A key that the release in use, which is known, does not have yet. Where a scope has no key that
 * is old enough, its history does not reach that far back, and nothing is said.
 */
function tooNew(
  option: WrittenOption,
  spec: KeySpec,
  context: KeyCheckContext,
): KeyProblem | undefined {
  const { scope } = option.section;
  const name = spec.package ?? scope.framework;
  const version = spec.since === undefined ? undefined : context.version(name);
  if (version === undefined || scope.unknown === 'open') return undefined;
  const isNew = (since: string | undefined): boolean =>
    since !== undefined && compareVersions(version, since) < 0;
  const reaches = scope.keys.all().some((one) => one.package === spec.package && !isNew(one.since));
  if (!isNew(spec.since) || !reaches || isAtStart(spec, scope, context)) return undefined;
  const copy = context.copy(name);
  const sure = scope.unknown === 'raise' && !isOwnScript(option.section) && copy === undefined;
  const there = copy === undefined ? say`${version}, which is in use` : say`${version} of ${copy}`;
  return {
    rule: scope.unknown === 'raise' ? 'unknown-key' : 'ignored-key',
    at: pointAt(option),
    onKey: true,
    severity: sure ? 'error' : 'warning',
    message: say`\`${spec.name}\` came with ${name ?? word('release')} ${spec.since}; in ${there}, ${effectOf(option.section)}`,
    fixes: [removal(option)],
  };
}

/** What becomes of a key that a scope does not have. */
function effectOf({ scope, unit }: Section): Phrase {
  const { unknown, warns, shared } = scope;
  if (unknown === 'open' && unit.kind === 'call')
    return say`what gets the other arguments refuses it`;
  if (unknown === 'open' || shared === true)
    return say`it stops there unless the script has an option of that name`;
  if (unknown === 'raise') return say`it stops with an error`;
  return warns === true
    ? say`it is dropped, as a line of the log says`
    : say`it is dropped without a word`;
}

function goneProblem(
  table: OptionTable,
  option: WrittenOption,
  gone: GoneKey,
  context: KeyCheckContext,
): KeyProblem {
  const { scope } = option.section;
  const { key } = option.entry;
  const release = gone.package === undefined ? gone.until : `${gone.package} ${gone.until}`;
  const after = gone.until === '' ? '' : say` after ${release}`;
  // A script may have an option of the name, but hardly one that its own transformers has dropped.
  const name = gone.package ?? scope.framework;
  const version = context.version(name);
  const told = scope.unknown === 'open' && version !== undefined;
  const sure = scope.unknown === 'raise' && !isOwnScript(option.section);
  const late = isAtEnd(gone, scope, context);
  const unsure = context.unsure(name);
  const doubtful = late || unsure !== undefined;
  const severity = (sure || told) && !doubtful ? 'error' : 'warning';
  const stops = sure ? say`it stops there` : effectOf(option.section);
  const effect = late
    ? say`${stops}, unless ${version ?? ''} of ${context.copy(name) ?? ''} still has it`
    : unsure === undefined
      ? stops
      : say`${stops}, unless what ${unsure} takes from a repository still has it`;
  if (gone.now === undefined)
    return {
      rule: 'removed-key',
      at: pointAt(option),
      onKey: true,
      severity,
      message: say`\`${key}\` is gone from ${scope.title}${after}; ${effect}${gone.note ? say`. ${sentence(gone.note)}` : ''}`,
      fixes: [removal(option)],
    };
  const taken = !ofSeveral(option) && table.find(gone.now)?.resolved.kind === 'key';
  // What was dropped has not counted yet.
  const isSafe = gone.note === undefined && scope.unknown !== 'drop' && !doubtful;
  return {
    rule: 'renamed-key',
    at: pointAt(option),
    onKey: true,
    severity,
    message: say`\`${key}\` is called \`${gone.now}\` now (${scope.title}, renamed${after}); ${effect}${gone.note ? say`. ${sentence(gone.note)}` : ''}`,
    fixes: taken ? [removal(option)] : [renaming(option, gone.now, isSafe)],
  };
}

function unknownProblem(
  table: OptionTable,
  option: WrittenOption,
  context: KeyCheckContext,
): KeyProblem | undefined {
  const { scope } = option.section;
  if (scope.unknown === 'open') return undefined;
  const { key } = option.entry;
  const similar = similarKeys(scope, key).filter((name) => name !== key);
  if (scope.shared === true && similar.length === 0) return undefined;
  // Where no fork adds keys, a name with the same ending is worth a guess.
  const guessed = similar.length === 0 && scope.closed ? sameEnding(scope, key) : similar;
  const near = guessed.filter((name) => !table.has(name));
  // Where scripts add options of their own, another framework's name is no mix-up.
  const mixed = similar.length === 0 && scope.names !== 'dash';
  const other = mixed ? context.elsewhere(key) : undefined;
  const likely = scope.closed === true || similar.length > 0 || other !== undefined;
  const lost = scope.unknown === 'raise' || !isEmpty(option);
  const sure = likely && scope.shared !== true && lost;
  return {
    rule: scope.unknown === 'raise' ? 'unknown-key' : 'ignored-key',
    at: pointAt(option),
    onKey: true,
    severity: scope.unknown === 'raise' ? (sure ? 'error' : 'warning') : sure ? 'warning' : 'info',
    message: unknownMessage(option, near.length > 0 ? near : similar, other),
    fixes: [...near.map((name) => renaming(option, name, false)), removal(option)],
  };
}

/** `debug:` in a mapping sets nothing: nothing is lost where it is dropped. */
function isEmpty({ section: { unit }, entry: { value } }: WrittenOption): boolean {
  const none = value.kind === 'absent' || (value.kind === 'scalar' && value.value === null);
  return unit.kind === 'mapping' && none;
}

function unknownMessage(
  option: WrittenOption,
  near: readonly string[],
  other: Message | undefined,
): Phrase {
  const { scope } = option.section;
  const { key } = option.entry;
  const head = say`${scope.title} has no \`${key}\`: ${effectOf(option.section)}`;
  if (near.length > 0) return say`${head}. Did you mean ${list(near)}?`;
  if (other !== undefined) return say`${head}. \`${key}\` belongs to ${other}`;
  return scope.unknown === 'raise' && scope.closed !== true
    ? say`${head}, unless a fork or plugin adds it`
    : head;
}

function renaming(option: WrittenOption, to: string, safe: boolean): FixIntent {
  return {
    title: say`Rename to \`${to}\``,
    safety: safe ? 'safe' : 'unsafe',
    changes: [{ kind: 'rename', at: originOf(option), to }],
  };
}

function removal(option: WrittenOption): FixIntent {
  return {
    title: say`Remove \`${option.entry.key}\``,
    safety: 'suggestion',
    changes: [{ kind: 'remove', at: originOf(option) }],
  };
}

/** Whether the option is that of one of several calls: the others need not go with it. */
function ofSeveral({ section: { unit } }: WrittenOption): boolean {
  return unit.kind === 'call' && unit.several === true;
}

/** Keys written twice in one place: the last one counts, or the loader stops. */
function duplicates(table: OptionTable): readonly KeyProblem[] {
  const last = new Map<string, WrittenOption>();
  const problems: KeyProblem[] = [];
  for (const option of table.entries) {
    if (option.resolved.kind !== 'key' || ofSeveral(option)) continue;
    const { section } = option;
    const id = `${table.sections.indexOf(section)} ${option.resolved.spec.name}`;
    const earlier = last.get(id);
    last.set(id, option);
    if (earlier === undefined) continue;
    const refused = section.scope.loader === 'omegaconf' && section.unit.kind === 'mapping';
    problems.push({
      rule: 'duplicate-key',
      at: pointAt(earlier),
      onKey: true,
      severity: refused ? 'error' : 'warning',
      message: refused
        ? say`\`${earlier.entry.key}\` is set again below: OmegaConf, which reads this file, stops at the second`
        : say`\`${earlier.entry.key}\` is set again below: this value has no effect`,
      related: [
        { at: pointAt(option), message: refused ? say`the second one` : say`this one counts` },
      ],
      fixes: [{ ...removal(earlier), safety: refused ? 'unsafe' : 'safe' }],
    });
  }
  return problems;
}

/** `a`, `b` or `c`. */
export function list(names: readonly string[]): Message {
  const quoted = names.map((name) => `\`${name}\``);
  const tail = quoted.pop() ?? '';
  return quoted.length === 0 ? tail : say`${quoted.join(', ')} or ${tail}`;
}

/** Whether `scope` knows `name` under any spelling. */
export function knows(scope: Scope, name: string): boolean {
  return findKey(scope, name) !== undefined;
}
