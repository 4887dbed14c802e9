import { known } from '../../run/sourced.ts';
import type { AdapterContext } from '../framework.ts';
import type { Ceiling } from '../releases.ts';
import { compareVersions } from '../version.ts';

/**
 * Releases of TRL that ask for a newer transformers than those before them, and which (setup.py, setup.cfg,
 * pyproject.toml); 0.12.2 asks for none that is new.
 */
const NEEDS = [
  ['0.13.0', '4.46.0'],
  ['0.18.0', '4.50.0'],
  ['0.19.0', '4.51.0'],
  ['0.20.0', '4.53.2'],
  ['0.21.0', '4.55.0'],
  ['0.23.0', '4.56.1'],
  ['0.27.0', '4.56.2'],
] as const;

/** The first release of TRL that the transformers in use is too old for, where that is known to be old. */
export function allowedTrl(
  context: Pick<AdapterContext, 'version' | 'ceiling'>,
): Ceiling | undefined {
  const said = context.version('transformers');
  const version = said && known(said);
  const newest =
    version === undefined ? context.ceiling('transformers') : { version, included: true };
  if (newest === undefined) return undefined;
  const first = NEEDS.find(([, need]) => {
    const order = compareVersions(need, newest.version);
    return newest.included ? order > 0 : order >= 0;
  });
  return first && { version: first[0], included: false };
}
