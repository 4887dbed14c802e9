import { known } from '../run/sourced.ts';
import type { Phrase } from '../text/message.ts';
import type { AdapterContext } from './framework.ts';
import type { KeySpec, Scope } from './schema.ts';
import { copyOf } from './since.ts';
import { allowedTrl } from './trl/allowed.ts';
import { compareVersions } from './version.ts';

/** The newest release that a requirements file allows: `<=0.9.6`, or `<5`, which leaves 5 out. */
export interface Ceiling {
  readonly version: string;
  readonly included: boolean;
}

/** A context in which no newer release of a framework can be in use, where none is known. */
export function upTo(
  newest: Ceiling | undefined,
  id: string,
  context: AdapterContext,
): AdapterContext {
  if (newest === undefined) return context;
  return {
    ...context,
    ceiling(name) {
      const said = context.ceiling(name);
      if (name !== id || (said && compareVersions(said.version, newest.version) < 0)) return said;
      return newest;
    },
  };
}

/** What is known of the releases in use; `undefined` as a name: the framework itself. */
export interface Releases {
  version(name: string | undefined): string | undefined;
  /** The file that says so in a copy of the source, which may lie before that release, or behind it. */
  copy(name: string | undefined): string | undefined;
  ceiling(name: string | undefined): Ceiling | undefined;
  /** What may be in use instead, where it is not known for certain. */
  doubts(name: string | undefined): readonly Doubt[];
}

/** A release that may be in use: the one, or the newest under the ceiling; else any, from a repository. */
export interface Doubt {
  /** Who says so. */
  readonly source: Phrase;
  readonly version?: string | undefined;
  readonly ceiling?: Ceiling | undefined;
  /** The source is a file of a copy of the framework's own. */
  readonly copy?: boolean;
}

/** The releases that a context knows, for a run of the framework of that id. */
export function releasesOf(
  context: Pick<AdapterContext, 'version' | 'ceiling' | 'doubts'>,
  id: string,
): Releases {
  return {
    version(name) {
      const version = context.version(name ?? id);
      return version === undefined ? undefined : known(version);
    },
    copy: (name) => copyOf(context.version(name ?? id)),
    ceiling(name = id) {
      const said = context.ceiling(name);
      return said === undefined && name === 'trl' ? allowedTrl(context) : said;
    },
    doubts: (name) => context.doubts(name ?? id),
  };
}

/** The last release that has something, and the package whose release that is. */
export interface Gone {
  readonly until: string;
  readonly package?: string | undefined;
}

/**
 * Whether the release in use has a key or a value that newer ones lack, or may have it still. Where only a
 * ceiling is known, the newest release under it is meant, as an installer would take it.
 */
export function stillHas(gone: Gone, scope: Scope, releases: Releases): boolean {
  if (gone.until === '') return false;
  const name = gone.package ?? scope.framework;
  const version = releases.version(name);
  if (version !== undefined)
    return compareVersions(version, gone.until) <= 0 || isAtEnd(gone, scope, releases);
  const ceiling = releases.ceiling(name);
  if (ceiling === undefined) return false;
  if (compareVersions(ceiling.version, gone.until) <= 0) return true;
  if (ceiling.included) return false;
  const next = nextRelease(gone, scope);
  return next !== undefined && compareVersions(next, ceiling.version) >= 0;
}

/** Whether the last minor of transformers 4, which is in wide use still, is the last release that has something. */
export function isLastOfOld(gone: Gone, scope: Scope): boolean {
  const name = gone.package ?? scope.framework;
  return name === 'transformers' && /^4\.57(?:\.|$)/.test(gone.until);
}

/** Whether a copy of the source is of about the time when something went: it may have it, or not. */
export function isAtEnd(gone: Gone, scope: Scope, releases: Releases): boolean {
  const version = copied(gone, scope, releases);
  if (version === undefined || gone.until === '') return false;
  if (compareVersions(version, gone.until) <= 0) return false;
  const next = nextRelease(gone, scope);
  return next === undefined || compareVersions(next, version) >= 0;
}

/** Whether a copy of the source is of about the time when a key came: no release lies between. */
export function isAtStart(spec: KeySpec, scope: Scope, releases: Releases): boolean {
  const version = copied(spec, scope, releases);
  if (version === undefined || spec.since === undefined) return false;
  const next = nextRelease({ until: version, package: spec.package }, scope);
  return next === undefined || compareVersions(next, spec.since) >= 0;
}

/** The release that a copy of the source names. */
function copied(of: Pick<Gone, 'package'>, scope: Scope, releases: Releases): string | undefined {
  const name = of.package ?? scope.framework;
  return releases.copy(name) === undefined ? undefined : releases.version(name);
}

/** The first release behind `until` that a table names, or the one of the config that goes with it. */
function nextRelease(gone: Gone, scope: Scope): string | undefined {
  const tables = scope.home === undefined ? [scope] : [scope, scope.home];
  const named = tables
    .flatMap(({ keys, gone: old }) => [...keys.all(), ...old])
    .filter((one) => one.package === gone.package)
    .flatMap((one) => [one.until, 'since' in one ? one.since : undefined])
    .filter((one) => one !== undefined && one !== '' && compareVersions(one, gone.until) > 0);
  return named.sort((a = '', b = '') => compareVersions(a, b))[0];
}
