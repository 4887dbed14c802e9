import type { Word } from '../../syntax/document.ts';
import { keyTable } from '../key-table.ts';
import { wordText } from '../launch.ts';
import { findKey } from '../resolve-key.ts';
import type { Scope } from '../schema.ts';
import { loadScopes, type SchemaData, scopeIds } from '../schema-load.ts';
import data from './keys.data.json' with { type: 'json' };
import type { Override } from './overrides.ts';
import type { Program } from './program.ts';

const schema = data as unknown as SchemaData;
const load = loadScopes(schema);
const known = scopeIds(schema);

/** What is written for a program or a config that is not verl's own: none of it is checked by name. */
export const OPEN: Scope = {
  id: 'config',
  title: 'verl',
  keys: keyTable([]),
  gone: [],
  unknown: 'open',
  names: 'exact',
  origin: 'verl 0.9',
};

/** What Hydra adds to a config, or takes from another: names that are known have their meaning. */
export function opened(scope: Scope): Scope {
  return scope.unknown === 'open' ? scope : { ...scope, gone: [], unknown: 'open' };
}

/** Hydra's own options that decide where a config comes from. */
const PLACES = /^-(?:-config-(?:path|dir)(?:=|$)|c[pd]$)/;

/**
 * The keys of the config that a program of verl's own starts from, as the chosen groups make it (`model_engine=veomni`);
 * open where another folder may have it, or a group of which nothing is known is chosen.
 */
export function scopeFor(
  program: Program,
  overrides: readonly Override[],
  args: readonly Word[],
): Scope {
  const words = args.map(wordText);
  const config = nameIn(words)?.replace(/\.ya?ml$/, '') ?? program.config;
  const elsewhere = words.some((word, at) => PLACES.test(word) && !isOwnPath(word, words[at + 1]));
  if (program.config === undefined || config === undefined || elsewhere) return OPEN;
  // What is taken away may be anything.
  if (overrides.some(({ mark }) => mark === '~')) return OPEN;
  const chosen = overrides.filter(isGroup);
  const engine = engineOf(config, chosen);
  if (engine === undefined) return OPEN;
  const id = engine === '' ? config : `${config} ${engine}`;
  if (config === 'ppo_trainer' && engine === 'megatron') return scopeAt('ppo_megatron_trainer');
  return known.has(id) ? scopeAt(id) : OPEN;
}

/** What follows `--config-name` or `-cn`, in the same word or the next. */
function nameIn(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => /^-(?:-config-name(?:=|$)|cn$)/.test(word));
  const [option, name] = words[at]?.split('=') ?? [];
  return option === undefined ? undefined : (name ?? words[at + 1] ?? '');
}

/** `--config-path=config` and `./config` are where the programs look anyway. */
function isOwnPath(word: string, next: string | undefined): boolean {
  const [option, value = next] = word.split('=');
  return option === '--config-path' && /^(?:\.\/)?config\/?$/.test(value ?? '');
}

/** A choice of a group: no key of a config stands at its top with a plain value. */
function isGroup({ entry: { key } }: Override): boolean {
  if (/^config-|^hydra\.(?!searchpath)/.test(key)) return false;
  return /[@/]/.test(key) || !key.includes('.') || key === 'hydra.searchpath';
}

/** The engine that groups choose, '' for the usual one; undefined where anything else is chosen. */
function engineOf(config: string, chosen: readonly Override[]): string | undefined {
  const names = config === 'ppo_trainer' ? ['model_engine'] : ['engine', 'optim'];
  const said = chosen.map(({ entry: { key, value } }) =>
    names.includes(key) && value.kind === 'scalar' ? value.text : undefined,
  );
  const [engine] = said;
  if (chosen.length === 0) return '';
  if (engine === undefined || said.length < names.length) return undefined;
  if (said.some((one) => one !== engine)) return undefined;
  return engine === 'dp' || engine === 'fsdp' ? '' : engine;
}

/** The title of a config for another engine that has a key, which the usual one lacks. */
export function otherConfig(key: string): string | undefined {
  const all = known.all().filter((id) => id === 'ppo_megatron_trainer' || id.includes(' '));
  const id = all.find((one) => findKey(load(one), key) !== undefined);
  return id === undefined ? undefined : scopeAt(id).title;
}

const scopes = new Map<string, Scope>();

function scopeAt(id: string): Scope {
  const scope = scopes.get(id) ?? { ...load(id), checkout: true };
  scopes.set(id, scope);
  return scope;
}
