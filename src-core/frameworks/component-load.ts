import type { Scalar } from '../syntax/document.ts';
import { closest } from '../text/distance.ts';
import { keyTable } from './key-table.ts';
import type { Scope } from './schema.ts';
import { inflateKey } from './schema-load.ts';

/**
 * Callables that a config names by dotted path, as `test/tasks/schemas.mjs` writes them. An entry
 * of a package is the name (`*` behind it: takes any keyword) and the number of its signature; a
 * signature lists its parameters by row number; rows are those of `SchemaData`.
 */
export interface ComponentData {
  readonly framework: string;
  readonly origin: string;
  readonly files: readonly string[];
  readonly choices: readonly (readonly Scalar[])[];
  readonly rows: readonly string[];
  readonly signatures: readonly string[];
  readonly packages: { readonly [path: string]: readonly string[] };
}

/** What a dotted path turns out to be. */
export type Component =
  /** Its parameters; an unknown one raises when the config is read. */
  | { readonly kind: 'known'; readonly scope: Scope }
  /** The package is the framework's, and has no such name: it cannot be imported. */
  | { readonly kind: 'unknown'; readonly near: readonly string[] }
  /** Not the framework's, or in a package that the table does not list. */
  | { readonly kind: 'foreign' };

/** Looks components up by dotted path; private parts (`_model_builders`) may be written or not. */
export function loadComponents(data: ComponentData): (path: string) => Component {
  const packages = new Map<string, ReadonlyMap<string, string>>();
  const namesOf = (path: string): ReadonlyMap<string, string> | undefined => {
    const entries = data.packages[path];
    if (entries === undefined) return undefined;
    const known = packages.get(path) ?? new Map(entries.map(splitEntry));
    packages.set(path, known);
    return known;
  };
  const scopes = new Map<string, Scope>();
  return (path) => {
    const parts = path.split('.').filter((part) => !part.startsWith('_'));
    const name = parts.pop() ?? '';
    const names = namesOf(parts.join('.'));
    if (names === undefined) return { kind: 'foreign' };
    const signature = names.get(name) ?? names.get(`${name}*`);
    if (signature === undefined) return { kind: 'unknown', near: nearest(name, names) };
    const scope = scopes.get(path) ?? inflate(path, name, signature, names.has(name), data);
    scopes.set(path, scope);
    return { kind: 'known', scope };
  };
}

function splitEntry(entry: string): readonly [string, string] {
  const at = entry.indexOf(' ');
  return [entry.slice(0, at), entry.slice(at + 1)];
}

const nearest = (name: string, names: ReadonlyMap<string, string>): readonly string[] =>
  closest(
    name,
    [...names.keys()].map((one) => one.replace('*', '')),
  );

function inflate(
  path: string,
  name: string,
  signature: string,
  closed: boolean,
  data: ComponentData,
): Scope {
  const rows = (data.signatures[Number(signature)] ?? '').split(' ').filter((row) => row !== '');
  return {
    id: path,
    title: name,
    keys: keyTable(rows.map((row) => inflateKey(data.rows[Number(row)] ?? '', data))),
    gone: [],
    unknown: closed ? 'raise' : 'open',
    names: 'exact',
    origin: data.origin,
  };
}
