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

let megatron: Scope | undefined;

/** The options beside those of a Megatron backend, whose own arguments no table here lists. */
export function megatronScope(): Scope {
  megatron ??= { ...llamaFactoryScope(), unknown: 'open' };
  return megatron;
}
