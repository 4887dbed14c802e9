import peft from '../peft/keys.data.json' with { type: 'json' };
import type { Scope } from '../schema.ts';
import { loadScopes, type SchemaData, scopeIds } from '../schema-load.ts';
import data from './keys.data.json' with { type: 'json' };

const schema = data as unknown as SchemaData;
const peftSchema = peft as unknown as SchemaData;
const load = loadScopes(schema);
const loadPeft = loadScopes(peftSchema);
const classes = new Set(scopeIds(schema));
const peftClasses = new Set(scopeIds(peftSchema));

/** The keyword arguments of a class of transformers or PEFT; `undefined` for other names. */
export function hfScope(callee: string): Scope | undefined {
  if (classes.has(callee)) return load(callee);
  return peftClasses.has(callee) ? loadPeft(callee) : undefined;
}

let script: Scope | undefined;

/** TrainingArguments as flags of a script, which may have flags of its own. */
export function scriptScope(): Scope {
  const args = load('Seq2SeqTrainingArguments');
  script ??= {
    ...args,
    // `deepspeed.add_config_arguments` gives a script a bare `--deepspeed`.
    keys: args.keys.map((spec) =>
      spec.name === 'deepspeed' ? { ...spec, kinds: [...spec.kinds, 'bool'] } : spec,
    ),
    id: 'script',
    title: 'TrainingArguments',
    unknown: 'open',
    names: 'dash',
  };
  return script;
}
