import { type Phrase, say } from '../text/message.ts';
import {
  type Doubt,
  type Gone,
  isAtEnd,
  isLastOfOld,
  type Releases,
  stillHas,
} from './releases.ts';
import type { Scope } from './schema.ts';

/**
 * What may still have something that is gone: a copy of the source, what is taken from a repository, or an older
 * release that a file names.
 */
export function doubtOf(gone: Gone, scope: Scope, releases: Releases): Phrase | '' {
  const name = gone.package ?? scope.framework;
  if (isAtEnd(gone, scope, releases))
    return say`, unless ${releases.version(name) ?? ''} of ${releases.copy(name) ?? ''} still has it`;
  const doubt = releases.doubts(name).find((one) => mayHave(one, gone, scope));
  if (doubt !== undefined) return unless(doubt, name ?? '');
  const late = scope.checkout === true || isLastOfOld(gone, scope);
  const open = late && releases.version(name) === undefined;
  return open ? say`, unless an older release is installed` : '';
}

function unless({ source, version, ceiling, copy }: Doubt, name: string): Phrase {
  if (copy === true) return say`, unless the source beside ${source} still has it`;
  if (version !== undefined) return say`, unless ${name} ${version} is in use, as ${source} says`;
  if (ceiling === undefined)
    return say`, unless what ${source} takes from a repository still has it`;
  const newest = `${name}${ceiling.included ? '<=' : '<'}${ceiling.version}`;
  return say`, unless ${newest} is in use, as ${source} says`;
}

/** Whether what a doubt says to be in use has it; what is taken from a repository may have all that there ever was. */
function mayHave({ version, ceiling }: Doubt, gone: Gone, scope: Scope): boolean {
  if (version === undefined && ceiling === undefined) return true;
  return stillHas(gone, scope, {
    version: () => version,
    copy: () => undefined,
    ceiling: () => ceiling,
    doubts: () => [],
  });
}
