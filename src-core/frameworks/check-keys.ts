import type { KeyProblem } from '../run/problem.ts';
import type { Watch } from '../syntax/watch.ts';
import { type Message, type Phrase, say } from '../text/message.ts';
import { atHome, moving } from './at-home.ts';
import { checkValue } from './check-value.ts';
import { goneTogether, type Told } from './gone-together.ts';
import {
  effectOf,
  isForScript,
  lessSureOfScripts,
  ofSeveral,
  removal,
  renaming,
} from './key-problem.ts';
import { goneByVersion, goneProblem, type KeyContext, tooNew } from './key-release.ts';
import type { OptionTable, WrittenOption } from './options.ts';
import { pointAt } from './point-at.ts';
import { isAtEnd, stillHas } from './releases.ts';
import { findKey, sameEnding, similarKeys } from './resolve-key.ts';
import type { Scope } from './schema.ts';
import { compareVersions } from './version.ts';

/** What checking needs to know beyond the options. */
export interface KeyCheckContext extends KeyContext {
  /** Another framework, or a class of one, that has this key, to tell a mix-up from a fork's own option. */
  elsewhere(key: string, called: boolean): Message | undefined;
  /** Whether the copy of the framework's source that the config lies in has what a rule says of an option. */
  isOwn(option: WrittenOption, rule: KeyProblem['rule']): boolean;
  /** Notes who looks at the value that is being edited. */
  readonly watch?: Watch | undefined;
}

/** Problems after which nothing more is said of one file: it is something else, or generated. */
const ENOUGH = 100;

/** Everything that can be said of keys and values from the tables alone. */
export function checkKeys(table: OptionTable, context: KeyCheckContext): readonly KeyProblem[] {
  const found: Told[] = [];
  for (const option of table.entries) {
    const check = () => checkEntry(table, option, context);
    const watched = option.entry.value === context.watch?.node ? context.watch : undefined;
    const problem = watched === undefined ? check() : watched.check(check);
    if (problem !== undefined) found.push({ option, problem });
    if (found.length >= ENOUGH) break;
  }
  return [...goneTogether(found, table, context), ...duplicates(table).slice(0, ENOUGH)];
}

/** What a script declares itself is its own, whatever the library says of it, and so is what a copy of a framework has. */
function checkEntry(
  table: OptionTable,
  written: WrittenOption,
  context: KeyCheckContext,
): KeyProblem | undefined {
  const option = asOfRelease(written, context);
  const problem = entryProblem(table, option, context);
  if (problem === undefined) return undefined;
  if (isForScript(option.section) && context.taker(option) === 'script') return undefined;
  return context.isOwn(option, problem.rule) ? undefined : problem;
}

function entryProblem(
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
      const early = tooNew(table, option, resolved.spec, context);
      if (early !== undefined) return early;
      // A plugin file may register values that the table cannot know.
      const { choicesExtendedBy: plugins } = resolved.spec;
      const found = checkValue(option, resolved.spec, resolved.negated, context);
      const problem = found && lessSureOfScripts(found, option.section);
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

/** An option as the release in use takes it: what a newer one refuses, an older one may drop. */
function asOfRelease(option: WrittenOption, context: KeyCheckContext): WrittenOption {
  const { section } = option;
  const { strictSince, framework } = section.scope;
  const version = strictSince === undefined ? undefined : context.version(framework);
  if (strictSince === undefined || version === undefined) return option;
  if (compareVersions(version, strictSince) >= 0) return option;
  const { values: _, ...scope } = section.scope;
  return { ...option, section: { ...section, scope: { ...scope, unknown: 'drop' } } };
}

/** One key of a mode that only the environment shows is a mistake; two or more are the mode. */
function inMode(table: OptionTable): boolean {
  const rare = table.entries.filter(
    ({ resolved }) => resolved.kind === 'key' && resolved.spec.rare,
  );
  return rare.length > 1;
}

function unknownProblem(
  table: OptionTable,
  option: WrittenOption,
  context: KeyCheckContext,
): KeyProblem | undefined {
  const { scope } = option.section;
  if (scope.unknown === 'open') return undefined;
  const { key } = option.entry;
  const akin = scope.akin?.(key);
  const similar = akin ? [akin] : similarKeys(scope, key).filter((name) => name !== key);
  const isDropped = scope.unknown === 'drop' && (isEmpty(option) || isComment(option));
  if ((scope.shared === true || isDropped) && similar.length === 0) return undefined;
  // Where scripts add options of their own, another framework's name is no mix-up.
  const mixed = similar.length === 0 && scope.names !== 'dash';
  const home = atHome(key, scope, context);
  const other = mixed
    ? ((home && scope.home?.title) ?? context.elsewhere(key, scope.home !== undefined))
    : undefined;
  // Where no fork adds keys, a name with the same ending is worth a guess, and so is another place for one with dots.
  const dotted = other === undefined && key.includes('.');
  const guess = similar.length === 0 && (scope.closed || dotted);
  const guessed = guess ? sameEnding(scope, key) : similar;
  const near = guessed.filter((name) => !table.has(name));
  const likely = scope.closed === true || similar.length > 0 || other !== undefined;
  const lost = scope.unknown === 'raise' || !isEmpty(option);
  const isFork = scope.checkout === true && context.copy(scope.framework) !== undefined;
  const sure = likely && scope.shared !== true && lost && !isFork;
  const message = unknownMessage(option, near.length > 0 ? near : similar, other);
  return {
    rule: scope.unknown === 'raise' ? 'unknown-key' : 'ignored-key',
    at: pointAt(option),
    onKey: true,
    severity: scope.unknown === 'raise' ? (sure ? 'error' : 'warning') : sure ? 'warning' : 'info',
    message: isFork && likely ? say`${message} (a fork may allow it)` : message,
    fixes: [
      ...near.map((name) => renaming(option, name, false)),
      ...(near.length > 0 ? [] : moving(option, home?.name, table, false)),
      removal(option),
    ],
  };
}

/** `"_comment": "…"`, which JSON has no other way to write, is there to be dropped. */
function isComment({ section: { unit, document }, entry: { key } }: WrittenOption): boolean {
  return unit.kind === 'mapping' && document.file.language === 'json' && /^(?:_|\/\/)/.test(key);
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
