import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { Method } from '../../run/training-run.ts';
import type { Cfg } from './cfg.ts';

/**
 * Without an adapter all weights train, but for those that are frozen by name (train.py,
 * freeze_layers_except), by Spectrum's table, or for some steps (utils/callbacks/lisa.py).
 */
export function partFields(o: Options, c: Cfg, method: Sourced<Method>): RunDraft {
  const key = known(method) === 'full' ? freezes(c) : undefined;
  if (key === undefined) return { method };
  const by = o.get(`config.${key}`);
  return {
    method: derived<Method>('freeze', `${key} trains a part of the weights`, by, method),
    freezeTrainableLayers: derived<number>(UNKNOWN, 'names or draws decide', by),
  };
}

/** What freezes weights; a value that cannot be read may. */
function freezes(c: Cfg): string | undefined {
  if (!c.off('unfrozen_parameters')) return 'unfrozen_parameters';
  if (c.plugin('SpectrumPlugin')) return 'plugins';
  return c.off('lisa_n_layers') || c.off('lisa_step_interval') ? undefined : 'lisa_n_layers';
}
