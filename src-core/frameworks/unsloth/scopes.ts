import { keyTable } from '../key-table.ts';
import type { KeySpec, Scope } from '../schema.ts';
import { loadScopes, type SchemaData } from '../schema-load.ts';
import { hfScope } from '../transformers/scopes.ts';
import { trlScope } from '../trl/scopes.ts';
import data from './keys.data.json' with { type: 'json' };

const read = loadScopes(data as unknown as SchemaData);
const made = new Map<string, Scope>();

function once(id: string, make: () => Scope): Scope {
  const known = made.get(id) ?? make();
  made.set(id, known);
  return known;
}

/** The arguments of a load. Others go on to transformers, which knows more than can be listed. */
export function loadScope(loader: string): Scope {
  const name = loader === 'FastLanguageModel' ? loader : 'FastModel';
  return once(loader, () => ({
    ...read(`${name}.from_pretrained`),
    id: 'load',
    title: `${loader}.from_pretrained`,
  }));
}

/** The arguments of `get_peft_model`: Unsloth's own, and those of PEFT's LoraConfig, which gets the rest. */
export function adapterScope(): Scope {
  return once('get_peft_model', () => {
    const own = read('get_peft_model');
    return { ...own, keys: keyTable(joined(own, hfScope('LoraConfig'))), unknown: 'raise' };
  });
}

/** Fields that Unsloth adds to TRL's configs when it replaces them: name, kind, what it does. */
const ADDED: readonly KeySpec[] = (
  [
    ['max_seq_length', 'int', 'Longest sequence; the length of the load is the most.'],
    ['unsloth_num_chunks', 'int', 'Pieces that a batch is computed in; -1 picks.'],
    ['unsloth_logit_chunk_multiplier', 'int', 'How finely logits are cut into pieces.'],
    ['unsloth_grpo_mini_batch', 'int', 'Samples that GRPO computes at once.'],
    ['vllm_sampling_params', 'any', 'Sampling settings for vLLM.'],
  ] as const
).map(([name, kind, doc]) => ({
  name,
  kinds: [kind],
  nullable: true,
  default: null,
  required: false,
  source: 'unsloth/models/rl.py',
  doc,
}));

/** The arguments of a trainer's config, as Unsloth leaves it, or may leave it. */
export function argumentScope(callee: string, perhaps = false): Scope | undefined {
  const plain = trlScope(callee);
  if (plain === undefined) return hfScope(callee);
  return once(perhaps ? `${callee}?` : callee, () => {
    const names = new Set(ADDED.map((spec) => spec.name));
    return {
      ...plain,
      // The installed TRL gets what it knows, the rest is named and left out (rl_config_compat.py).
      unknown: 'drop',
      warns: true,
      ...(perhaps && { perhaps }),
      keys: keyTable([...plain.keys.all().filter(({ name }) => !names.has(name)), ...ADDED]),
      gone: plain.gone.filter((gone) => !names.has(gone.name)),
    };
  });
}

function joined(own: Scope, more: Scope | undefined): readonly KeySpec[] {
  const names = new Set(own.keys.all().map((spec) => spec.name));
  return [...own.keys.all(), ...(more?.keys.all().filter((spec) => !names.has(spec.name)) ?? [])];
}
