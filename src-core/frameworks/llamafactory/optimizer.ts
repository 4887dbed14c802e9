import type { Options } from '../../run/options.ts';
import { derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import { isSet } from '../constraint.ts';
import { lowRank } from '../hf/low-rank.ts';
import { isAll, namesOf } from './facts.ts';

/**
 * The optimizer that train/trainer_utils.py, create_custom_optimizer makes: the first switch that is
 * on, else `optim`. What BAdam and Adam-mini keep is not modelled.
 */
export function optimizerOf(o: Options, optim: Sourced<string>): Sourced<string> {
  const on = (key: string): boolean => o.has(key) && o.bool(key).value !== false;
  for (const name of ['galore', 'apollo'] as const)
    if (on(`use_${name}`)) return projected(o, name, optim);
  if (isSet(o, 'loraplus_lr_ratio')) return optim;
  const unread = ['use_badam', 'use_adam_mini'].find(on);
  if (unread !== undefined) return derived<string>(UNKNOWN, unread, o.get(unread));
  return on('use_muon') ? derived<string>('muon', 'use_muon', o.get('use_muon')) : optim;
}

function projected(o: Options, name: 'galore' | 'apollo', optim: Sourced<string>): Sourced<string> {
  const layerwise = o.bool(`${name}_layerwise`);
  const plain =
    o.int(`${name}_rank`).value === 128 &&
    isAll(namesOf(o, `${name}_target`)) &&
    o.text(`${name}_proj_type`).value === 'std' &&
    (name === 'galore' || o.text('apollo_proj').value === 'random');
  const base = lowRank(name, known(optim) ?? '');
  const whole = plain && layerwise.value !== UNKNOWN ? base : undefined;
  return derived<string>(
    whole === undefined ? UNKNOWN : layerwise.value === true ? `${whole}_layerwise` : whole,
    `use_${name}`,
    o.get(`use_${name}`),
    optim,
  );
}
