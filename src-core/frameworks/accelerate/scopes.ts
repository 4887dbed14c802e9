import { type Message, say } from '../../text/message.ts';
import { keyTable } from '../key-table.ts';
import type { KeySpec, Scope } from '../schema.ts';
import { loadScopes, type SchemaData, scopeIds } from '../schema-load.ts';
import data from './keys.data.json' with { type: 'json' };

const schema = data as unknown as SchemaData;
const load = loadScopes(schema);
const ids = scopeIds(schema);
const made = new Map<string, Scope>();

/** Keys that are read though no table of accelerate's own lists them. */
const EXTRA: Readonly<Record<string, readonly KeySpec[]>> = {
  // KTransformers' build of accelerate reads its own section.
  config: [extra('kt_config', 'dict')],
  fsdp_config: [
    extra('fsdp_activation_checkpointing_offload', 'bool'),
    extra('fsdp_ignored_modules', 'any'),
  ],
  launch: [extra('fsdp_activation_checkpointing_offload', 'bool'), extra('help', 'any')],
};

function extra(name: string, kind: KeySpec['kinds'][number]): KeySpec {
  return {
    name,
    kinds: kind === 'any' ? ['any'] : [kind, 'any'],
    nullable: true,
    required: false,
    default: undefined,
    source: '',
  };
}

/**
 * The keys of accelerate's config (`config`, `sagemaker`), of one of its sections, or of the flags
 * of `accelerate launch` (`launch`).
 */
export function accelerateScope(id: string): Scope | undefined {
  if (!ids.has(id)) return undefined;
  const scope = made.get(id) ?? adapt(load(id));
  made.set(id, scope);
  return scope;
}

/** The section of the config that has a key, as a message names it; `undefined` where none has. */
export function accelerateSectionOf(key: string): Message | undefined {
  const id = ['config', 'deepspeed_config', 'fsdp_config'].find(
    (one) => accelerateScope(one)?.keys.find(key)?.name === key,
  );
  return id === 'config' ? say`the top level` : id && `\`${id}\``;
}

function adapt(scope: Scope): Scope {
  const more = (EXTRA[scope.id] ?? []).filter(({ name }) => scope.keys.find(name)?.name !== name);
  const keys = [...scope.keys.all(), ...more].map((spec) => adaptKey(spec, scope.id));
  const base = { ...scope, keys: keyTable(keys) };
  // A prefix fits `--num_p` and `--num-p` alike: argparse calls it ambiguous.
  if (scope.id === 'launch') return { ...base, names: 'dash', closed: true };
  const config = { ...base, values: 'unchecked' } as const;
  return scope.unknown === 'raise' ? { ...config, closed: true } : config;
}

/** Sections whose keys may leave out the name of the section. */
const PREFIXES: Readonly<Record<string, string>> = {
  fsdp_config: 'fsdp_',
  fp8_config: 'fp8_',
  dynamo_config: 'dynamo_',
};

function adaptKey(spec: KeySpec, id: string): KeySpec {
  const prefix = PREFIXES[id] ?? '-';
  const short = spec.name.startsWith(prefix) ? [spec.name.slice(prefix.length)] : [];
  const dashed = (spec.aliases ?? []).map((alias) => alias.replace(/^-+/, ''));
  const aliases = [...dashed, ...short];
  const named = aliases.length === 0 ? spec : { ...spec, aliases };
  // `NO` unquoted is false to YAML; the checks of accelerate say what is legal.
  if (spec.name !== 'distributed_type' && spec.name !== 'mixed_precision') return named;
  return id === 'launch' ? named : { ...named, choicesOpen: true };
}
