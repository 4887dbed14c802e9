import type { DType } from '../../facts/dtypes.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { ModelRef } from '../../run/training-run.ts';
import type { AdapterContext } from '../framework.ts';
import { compareVersions } from '../version.ts';

/** Without dtype: fp32 before transformers 5, the checkpoint's own since. */
export function defaultLoadDtype(
  model: Sourced<ModelRef>,
  context: AdapterContext,
): Sourced<DType> {
  const version = context.version('transformers');
  const number = version === undefined ? undefined : known(version);
  if (number === undefined)
    return derived<DType>(UNKNOWN, 'fp32 before transformers 5, the checkpoint dtype since', model);
  if (compareVersions(number, '5') < 0)
    return byDefault<DType>('float32', `transformers ${number} loads in fp32`);
  const published = known(model)?.record?.dtype;
  return derived<DType>(published ?? UNKNOWN, "the checkpoint's own dtype", model);
}
