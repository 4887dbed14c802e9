import type { KeyProblem } from '../run/problem.ts';
import { sentence } from '../run/sentence.ts';
import { type Message, say, word } from '../text/message.ts';
import { atHome, moving } from './at-home.ts';
import { doubtOf } from './doubt.ts';
import { effectOf, isForScript, ofSeveral, removal, renaming } from './key-problem.ts';
import type { OptionTable, WrittenOption } from './options.ts';
import type { Taker } from './own-options.ts';
import { pointAt } from './point-at.ts';
import { isFastLoad } from './python/calls.ts';
import { isAtStart, isLastOfOld, type Releases, stillHas } from './releases.ts';
import type { GoneKey, KeySpec } from './schema.ts';
import { compareVersions } from './version.ts';

/** What is known of releases, and of scripts that may have options of their own. */
export interface KeyContext extends Releases {
  taker(option: WrittenOption): Taker;
}

/** Whether nobody but the library may take an option. */
function isLibrarys(option: WrittenOption, context: KeyContext): boolean {
  return !isForScript(option.section) || context.taker(option) === 'library';
}

/**
 * A key that only older releases have: condemned when the version in use is known to be newer, or where a program
 * calls with it what a new major release has taken it from.
 */
export function goneByVersion(
  option: WrittenOption,
  spec: KeySpec,
  releases: Releases,
): GoneKey | undefined {
  const { scope, unit } = option.section;
  const guarded = unit.kind === 'call' && (unit.guarded || isFastLoad(unit, scope));
  if (spec.until === undefined || guarded) return undefined;
  const version = releases.version(spec.package ?? scope.framework);
  const gone = { until: spec.until, package: spec.package };
  const isLate = unit.kind === 'call' && isLastOfOld(gone, scope);
  if ((version === undefined && !isLate) || stillHas(gone, scope, releases)) return undefined;
  return scope.gone.find((one) => one.name === spec.name) ?? { name: spec.name, until: spec.until };
}

/**
 * A key that the release in use, which is known, does not have yet. Where a scope has no key that
 * is old enough, its history does not reach that far back, and nothing is said. Keys that came together
 * are named together, where the first of them stands.
 */
export function tooNew(
  table: OptionTable,
  option: WrittenOption,
  spec: KeySpec,
  releases: KeyContext,
): KeyProblem | undefined {
  const { scope } = option.section;
  const name = spec.package ?? scope.framework;
  const version = spec.since === undefined ? undefined : releases.version(name);
  if (version === undefined || scope.unknown === 'open') return undefined;
  const isNew = (since: string | undefined): boolean =>
    since !== undefined && compareVersions(version, since) < 0;
  const reaches = scope.keys.all().some((one) => one.package === spec.package && !isNew(one.since));
  if (!isNew(spec.since) || !reaches || isAtStart(spec, scope, releases)) return undefined;
  const [first, ...others] = cameTogether(table, option, spec);
  if (first?.entry !== option.entry) return undefined;
  const copy = releases.copy(name);
  const sure = scope.unknown === 'raise' && copy === undefined && isLibrarys(option, releases);
  const there = copy === undefined ? say`${version}, which is in use` : say`${version} of ${copy}`;
  return {
    rule: scope.unknown === 'raise' ? 'unknown-key' : 'ignored-key',
    at: pointAt(option),
    onKey: true,
    severity: sure ? 'error' : 'warning',
    message: say`${named(spec.name, others.length)} came with ${name ?? word('release')} ${spec.since}; in ${there}, ${effectOf(option.section)}`,
    related: others.map((one) => ({ at: pointAt(one), message: say`this one, too` })),
    fixes: [removal(option, ...others)],
  };
}

/** The options of a section that came with the release that brought one of them. */
function cameTogether(
  table: OptionTable,
  { section: { entries } }: WrittenOption,
  { since, package: from }: KeySpec,
): readonly WrittenOption[] {
  return table.entries.filter(({ entry, resolved }) => {
    if (resolved.kind !== 'key' || !entries.includes(entry)) return false;
    return resolved.spec.since === since && resolved.spec.package === from;
  });
}

function named(name: string, others: number): Message {
  return others === 0 ? `\`${name}\`` : say`\`${name}\` and ${others} more`;
}

/** What is said of a key that is gone, or renamed, and of `others` that went with it. */
export function goneProblem(
  table: OptionTable,
  option: WrittenOption,
  gone: GoneKey,
  releases: KeyContext,
  others: readonly WrittenOption[] = [],
): KeyProblem {
  const { scope } = option.section;
  const { key } = option.entry;
  const release = gone.package === undefined ? gone.until : `${gone.package} ${gone.until}`;
  const after = gone.until === '' ? '' : say` after ${release}`;
  const raises = scope.unknown === 'raise' || isRefused(option);
  const version = releases.version(gone.package ?? scope.framework);
  const told = raises || (scope.unknown === 'open' && version !== undefined);
  const librarys = isLibrarys(option, releases);
  const stops = librarys && (raises || isForScript(option.section));
  const doubt = doubtOf(gone, scope, releases);
  const severity = told && librarys && doubt === '' ? 'error' : 'warning';
  const older = stops && !told ? say`, unless an older release is installed` : '';
  const effect = say`${stops ? say`it stops with an error` : effectOf(option.section)}${doubt || older}`;
  if (gone.now === undefined) {
    const home = gone.note === undefined ? atHome(key, scope, releases) : undefined;
    const said = home?.said ?? (gone.note && sentence(gone.note));
    const last = [gone.package ?? scope.framework, gone.until].join(' ').trimStart();
    const head =
      others.length === 0
        ? say`\`${key}\` is gone from ${scope.title}${after}; ${effect}`
        : say`\`${key}\` and ${others.length} more are gone from ${scope.title}; ${effect}. ${last} is the last release that has them`;
    return {
      rule: 'removed-key',
      at: pointAt(option),
      onKey: true,
      severity,
      message: say`${head}${said ? say`. ${said}` : ''}`,
      related: others.map((one) => ({ at: pointAt(one), message: say`this one, too` })),
      fixes: [...moving(option, home?.name, table, doubt === ''), removal(option, ...others)],
    };
  }
  const now = option.section.nested === true ? `${scope.id}.${gone.now}` : gone.now;
  const taken = !ofSeveral(option) && table.find(now)?.resolved.kind === 'key';
  // What was dropped has not counted yet.
  const isSafe = gone.note === undefined && scope.unknown !== 'drop' && doubt === '';
  return {
    rule: 'renamed-key',
    at: pointAt(option),
    onKey: true,
    severity,
    message: say`\`${key}\` is called \`${gone.now}\` now (${scope.title}, renamed${after}); ${effect}${gone.note ? say`. ${sentence(gone.note)}` : ''}`,
    fixes: taken ? [removal(option)] : [renaming(option, gone.now, isSafe)],
  };
}

/** Whether it stops a framework that drops other keys. */
function isRefused({ section: { scope }, entry: { key, value } }: WrittenOption): boolean {
  const isOff = value.kind === 'absent' || (value.kind === 'scalar' && !value.value);
  return scope.refused?.has(key) === true && !isOff;
}
