import { known } from '../run/sourced.ts';
import type { AdapterContext } from './framework.ts';
import { compareVersions } from './version.ts';

/** Whether the release of a package in use is known, and older than `since`. */
export function olderThan(
  context: Pick<AdapterContext, 'version'>,
  name: string,
  since: string | undefined,
): boolean {
  const version = since === undefined ? undefined : context.version(name);
  const number = version === undefined ? undefined : known(version);
  return number !== undefined && since !== undefined && compareVersions(number, since) < 0;
}
