import type { Scope } from '../schema.ts';
import { loadScopes, type SchemaData } from '../schema-load.ts';
import data from './keys.data.json' with { type: 'json' };

const load = loadScopes(data as unknown as SchemaData);

/** All options of LLaMA-Factory: training, inference and export read the same file. */
export function llamaFactoryScope(): Scope {
  return load('train');
}

let megatron: Scope | undefined;

/** The options beside those of a Megatron backend, whose own arguments no table here lists. */
export function megatronScope(): Scope {
  megatron ??= { ...load('train'), unknown: 'open' };
  return megatron;
}
