import type { Scope } from '../schema.ts';
import { loadScopes, type SchemaData } from '../schema-load.ts';
import data from './keys.data.json' with { type: 'json' };

const load = loadScopes(data as unknown as SchemaData);

let train: Scope | undefined;

/** All options of LLaMA-Factory: training, inference and export read the same file. */
export function llamaFactoryScope(): Scope {
  train ??= { ...load('train'), loader: 'omegaconf' };
  return train;
}

let lenient: Scope | undefined;

/** The options where the environment has ALLOW_EXTRA_ARGS: others are dropped. */
export function lenientScope(): Scope {
  lenient ??= { ...llamaFactoryScope(), unknown: 'drop' };
  return lenient;
}

let serving: Scope | undefined;

/** The options in a file that only loads a model: a chat of LLaMA-Factory's reads it, or a program of one's own. */
export function servingScope(): Scope {
  serving ??= { ...llamaFactoryScope(), shared: true };
  return serving;
}

let open: Scope | undefined;

/**
 * The options beside those that no table here lists: a Megatron backend's own, and those of an
 * evaluation on tasks.
 */
export function openScope(): Scope {
  open ??= { ...llamaFactoryScope(), unknown: 'open' };
  return open;
}

let old: Scope | undefined;

/** The options of a program that only older releases have: which of them it is, nobody says. */
export function oldScope(): Scope {
  old ??= { ...llamaFactoryScope(), checkout: true };
  return old;
}
