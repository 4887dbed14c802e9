import type { Scope } from '../schema.ts';
import { loadScopes, type SchemaData, scopeIds } from '../schema-load.ts';
import data from './keys.data.json' with { type: 'json' };

const schema = data as unknown as SchemaData;
const load = loadScopes(schema);
const ids = scopeIds(schema);

/** Subcommands of `trl` that train. */
export const COMMANDS = ['sft', 'dpo', 'grpo', 'kto', 'reward', 'rloo'] as const;

/** The options of a subcommand or of a config class; `undefined` for other names. */
export function trlScope(id: string): Scope | undefined {
  return ids.has(id) ? load(id) : undefined;
}

const files = new Map<string, Scope>();

/** The options of a file that a script of one's own may read, with options of its own. */
export function fileScope(scope: Scope): Scope {
  const made = files.get(scope.id) ?? { ...scope, names: 'dash' as const, shared: true };
  files.set(scope.id, made);
  return made;
}

/** Classes that are not the arguments of a trainer. */
const PARTS = new Set(['DatasetConfig', 'DatasetMixtureConfig', 'ModelConfig', 'ScriptArguments']);

/** Whether a call makes the arguments of one of TRL's trainers. */
export function isTrlConfig(callee: string): boolean {
  return callee.endsWith('Config') && ids.has(callee) && !PARTS.has(callee);
}
