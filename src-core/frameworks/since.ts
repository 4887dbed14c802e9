import { known, type Sourced } from '../run/sourced.ts';
import type { Constraint } from './constraint.ts';
import type { AdapterContext } from './framework.ts';
import { compareVersions } from './version.ts';

/** Whether the release of a package in use is known, and older than `since`, or the newest that is allowed is. */
export function olderThan(
  context: Pick<AdapterContext, 'version' | 'ceiling'>,
  name: string,
  since: string | undefined,
): boolean {
  if (since === undefined) return false;
  const said = context.version(name);
  if (said !== undefined) return isOlder(said, since);
  const newest = context.ceiling(name);
  if (newest === undefined) return false;
  const order = compareVersions(newest.version, since);
  return newest.included ? order < 0 : order <= 0;
}

/** Whether a release is known, and older than `since`; one that a copy of the source names may still be. */
export function isOlder(said: Sourced<string> | undefined, since: string): boolean {
  const version = said && known(said);
  if (version === undefined) return false;
  const isCopy = copyOf(said) !== undefined;
  return isCopy ? compareVersions(since, version) >= 0 : compareVersions(version, since) < 0;
}

/** The file in which a copy of the source says so, which may lie before that release, or behind it. */
export function copyOf(said: Sourced<string> | undefined): string | undefined {
  const origin = said?.origin;
  return origin?.kind === 'setting' && origin.near === true ? origin.label : undefined;
}

/** A check as the release in use makes it: one that is older than `since` does not. */
export function madeSince(
  name: string,
  since: string | undefined,
  check: Constraint['check'],
): Constraint['check'] {
  return (input) => (olderThan(input.context, name, since) ? undefined : check(input));
}

/** The first release that makes a check, by the beginning of its id. */
export type FirstReleases = readonly (readonly [version: string, ids: readonly string[]])[];

/** The release from which on a check is made, where a table of its framework knows one. */
export function firstOf(table: FirstReleases, id: string): string | undefined {
  return table.find(([, ids]) => ids.some((one) => id.startsWith(one)))?.[0];
}
