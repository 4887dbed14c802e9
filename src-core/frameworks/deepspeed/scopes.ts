import { type Message, say } from '../../text/message.ts';
import { changedKeys, keyTable } from '../key-table.ts';
import type { KeySpec, Scope } from '../schema.ts';
import { loadScopes, type SchemaData, scopeIds } from '../schema-load.ts';
import data from './keys.data.json' with { type: 'json' };

const schema = data as unknown as SchemaData;
const load = loadScopes(schema);
const ids = scopeIds(schema);
const made = new Map<string, Scope>();

/**
 * The keys of one section, by its dotted path; `config` is the top level. Sections that are pydantic
 * models refuse unknown keys and wrong types; `"auto"` passes everywhere, since it is taken out.
 */
export function deepSpeedScope(id: string): Scope | undefined {
  if (!ids.has(id)) return undefined;
  const scope = made.get(id) ?? adapt(load(id));
  made.set(id, scope);
  return scope;
}

/** The section that has a key, as a message names it; `undefined` where none has. */
export function deepSpeedSectionOf(key: string): Message | undefined {
  const id = ids
    .all()
    .find((one) => one !== 'launch' && deepSpeedScope(one)?.keys.find(key)?.name === key);
  return id === 'config' ? say`the top level` : id && `\`${id}\``;
}

/** The flags of the `deepspeed` launcher. */
export function launcherScope(): Scope {
  const scope = made.get('launch') ?? withoutDashes(load('launch'));
  made.set('launch', scope);
  return scope;
}

function adapt(scope: Scope): Scope {
  const base = { ...scope, keys: changedKeys(scope.keys, adaptKey), placeholder: 'auto' };
  if (scope.unknown !== 'raise') return base;
  const [section = ''] = scope.id.split('.');
  const strictSince = STRICT[section] ?? '0.7.0';
  return { ...base, values: 'pydantic', closed: true, strictSince };
}

/** The first release in which a section is a pydantic model; the others became one in 0.7.0. */
const STRICT: Readonly<Record<string, string>> = {
  fp16: '0.17.1',
  bf16: '0.17.1',
  tensor_parallel: '0.16.4',
  comet: '0.14.3',
  compile: '0.13.2',
  hybrid_engine: '0.9.0',
  tensorboard: '0.8.1',
  wandb: '0.8.1',
  csv_monitor: '0.8.1',
};

/** What the table cannot say: old spellings that are still read, and words in any case. */
function adaptKey(spec: KeySpec): KeySpec {
  switch (spec.name) {
    case 'bfloat16':
      return { ...spec, nested: 'bf16' };
    case 'stage':
      return { ...spec, kinds: ['int', 'bool', 'float', 'list'] };
    case 'gradient_allreduce_op':
    case 'communication_data_type':
      return { ...spec, choicesOpen: true };
    default:
      return spec;
  }
}

/** `-H` is written with its dash in the table, and read without. */
function withoutDashes(scope: Scope): Scope {
  return {
    ...scope,
    closed: true,
    keys: keyTable(
      scope.keys
        .all()
        .map((spec) =>
          spec.aliases === undefined
            ? spec
            : { ...spec, aliases: spec.aliases.map((alias) => alias.replace(/^-+/, '')) },
        ),
    ),
  };
}
