import { changedKeys } from '../key-table.ts';
import peft from '../peft/keys.data.json' with { type: 'json' };
import type { Scope } from '../schema.ts';
import { loadScopes, type SchemaData, scopeIds } from '../schema-load.ts';
import data from './keys.data.json' with { type: 'json' };

const schema = data as unknown as SchemaData;
const peftSchema = peft as unknown as SchemaData;
const load = loadScopes(schema);
const loadPeft = loadScopes(peftSchema);
const classes = scopeIds(schema);
const peftClasses = scopeIds(peftSchema);

/** The keyword arguments of a class of transformers or PEFT; `undefined` for other names. */
export function hfScope(callee: string): Scope | undefined {
  if (callee === 'BitsAndBytesConfig') return closed(load(callee), withQuantType);
  if (classes.has(callee)) return load(callee);
  return peftClasses.has(callee) ? closed(loadPeft(callee)) : undefined;
}

const closedScopes = new Map<Scope, Scope>();

/** Adapter and quantisation configs have no plugins: what they do not know is a mistake. */
function closed(scope: Scope, change = (one: Scope): Scope => one): Scope {
  const made = closedScopes.get(scope) ?? { ...change(scope), closed: true };
  closedScopes.set(scope, made);
  return made;
}

/** The type counts with load_in_4bit alone, so that it is no matter of the table whether it is legal. */
function withQuantType(scope: Scope): Scope {
  const keys = changedKeys(scope.keys, (spec) =>
    spec.name === 'bnb_4bit_quant_type' ? { ...spec, choicesOpen: true } : spec,
  );
  return { ...scope, keys };
}

/** Whether a class is PEFT's. */
export function isPeftClass(callee: string): boolean {
  return peftClasses.has(callee);
}

/** Parts of other configs, which adapt no model by themselves. */
const PARTS =
  /^(?:Peft|PromptLearning|Lycoris|LoraRuntime|LoftQ|Arrow|Eva|Corda|LoraGA|Velora|Kasa|BdLora|Monteclora)Config$/;

/** Whether a class is a config of PEFT that a model can be adapted with. */
export function isPeftConfig(callee: string): boolean {
  return peftClasses.has(callee) && !PARTS.test(callee);
}

let script: Scope | undefined;

let shared: Scope | undefined;

/** The same flags where none of them is the Trainer's alone: the script may mean something else by them. */
export function sharedScope(): Scope {
  shared ??= { ...scriptScope(), shared: true };
  return shared;
}

/** TrainingArguments as flags of a script, which may have flags of its own. */
export function scriptScope(): Scope {
  const args = load('Seq2SeqTrainingArguments');
  script ??= {
    ...args,
    // `deepspeed.add_config_arguments` gives a script a bare `--deepspeed`.
    keys: changedKeys(args.keys, (spec) =>
      spec.name === 'deepspeed' ? { ...spec, kinds: [...spec.kinds, 'bool'] } : spec,
    ),
    id: 'script',
    title: 'TrainingArguments',
    unknown: 'open',
    names: 'dash',
  };
  return script;
}

let own: Scope | undefined;

/** The same names in a script or file of which nothing else is known: they are told, not judged. */
export function ownScope(): Scope {
  own ??= {
    ...scriptScope(),
    id: 'own-script',
    keys: changedKeys(scriptScope().keys, (spec) => ({
      name: spec.name,
      kinds: ['any'],
      nullable: true,
      default: undefined,
      required: false,
      source: spec.source,
      get doc() {
        return spec.doc;
      },
    })),
    gone: [],
  };
  return own;
}
