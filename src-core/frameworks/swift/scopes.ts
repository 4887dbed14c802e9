import type { Scope } from '../schema.ts';
import { loadScopes, type SchemaData, scopeIds } from '../schema-load.ts';
import data from './keys.data.json' with { type: 'json' };

const schema = data as unknown as SchemaData;
const load = loadScopes(schema);
const ids = scopeIds(schema);

/** The options of a subcommand: `sft`, `megatron pt`; `undefined` for names that are none. */
export function swiftScope(id: string): Scope | undefined {
  return ids.has(id) ? load(id) : undefined;
}

const tolerant = new WeakMap<Scope, Scope>();

/** The same options where the program logs those that it does not know, and goes on. */
export function tolerantScope(scope: Scope): Scope {
  const made = tolerant.get(scope) ?? { ...scope, unknown: 'drop' as const, warns: true };
  tolerant.set(scope, made);
  return made;
}
