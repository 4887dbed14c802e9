import type { Scalar } from '../syntax/document.ts';
import { lazy } from '../text/lazy.ts';
import { docOf } from './docs.ts';
import { joinedKeys, type KeyTable } from './key-table.ts';
import type { GoneKey, GoneValue, KeyKind, KeySpec, Scope, UnknownPolicy } from './schema.ts';

/**
 * The options of one framework as `test/tasks/schemas.mjs` writes them. Scopes share keys: a scope
 * names the groups that it consists of, and a group is a list of rows, one key each.
 *
 * A row is tab separated, its empty tail left out: name, code (kind letters, then `?` nullable,
 * `!` required, `+` open choices, `-` a
 * switch without a value, `*` rare), source (`file:line`, the file by number), default (JSON),
 * choices (by number), since, until, and JSON with aliases, gone values,
 * the nested scope and what replaces a deprecated key.
 */
export interface SchemaData {
  readonly framework: string;
  readonly version: string;
  readonly origin: string;
  readonly files: readonly string[];
  readonly choices: readonly (readonly Scalar[])[];
  readonly scopes: readonly ScopeData[];
  readonly groups: readonly (readonly string[])[];
  /** Rows of keys that are gone: name, last release, name now, note. */
  readonly gone: readonly (readonly string[])[];
}

interface ScopeData {
  readonly id: string;
  readonly title: string;
  readonly unknown: UnknownPolicy;
  readonly names: 'hf' | 'exact';
  readonly groups: readonly number[];
  readonly gone: readonly number[];
}

/** What the last column of a row may hold. */
interface More {
  readonly aliases?: readonly string[];
  readonly gone?: readonly GoneValue[];
  readonly extendedBy?: readonly string[];
  readonly nested?: string;
  readonly deprecated?: NonNullable<KeySpec['deprecated']>;
}

const KINDS: { readonly [letter: string]: KeyKind } = {
  b: 'bool',
  i: 'int',
  f: 'float',
  s: 'string',
  l: 'list',
  d: 'dict',
  a: 'any',
};

/** The keys of one group, of which each is inflated when it is first asked for. */
function keysIn(rows: readonly string[], data: SchemaData): KeyTable {
  const specs: (KeySpec | undefined)[] = [];
  const at = (i: number): KeySpec => {
    const spec = specs[i] ?? inflateKey(rows[i] ?? '', data);
    specs[i] = spec;
    return spec;
  };
  const places = lazy(() => {
    const byName = new Map<string, number>();
    for (let i = 0; i < rows.length; i++) byName.set(nameOf(rows[i] ?? ''), i);
    return byName;
  });
  const aliased = lazy(() => {
    const found: KeySpec[] = [];
    for (let i = 0; i < rows.length; i++) if (rows[i]?.includes('"aliases"')) found.push(at(i));
    return found;
  });
  return {
    all: lazy(() => rows.map((_, i) => at(i))),
    find(name) {
      const place = places().get(name);
      if (place !== undefined) return at(place);
      return aliased().findLast((spec) => spec.aliases?.includes(name));
    },
  };
}

function nameOf(row: string): string {
  const end = row.indexOf('\t');
  return end < 0 ? row : row.slice(0, end);
}

/**
 * Reads a data file lazily: no key is inflated until it is asked for, and each once. Scopes that
 * share keys share their `KeySpec` objects. Asking for an id that the file lacks is a mistake in the
 * program: it throws a `RangeError`.
 */
export function loadScopes(data: SchemaData): (id: string) => Scope {
  const groups = new Map<number, KeyTable>();
  const scopes = new Map<string, Scope>();
  const groupAt = (index: number): KeyTable => {
    const group = groups.get(index) ?? keysIn(data.groups[index] ?? [], data);
    groups.set(index, group);
    return group;
  };
  return (id) => {
    const known = scopes.get(id);
    if (known !== undefined) return known;
    const found = data.scopes.find((scope) => scope.id === id);
    if (found === undefined) throw new RangeError(`${data.framework} has no scope ${id}`);
    const scope = inflateScope(found, data, joinedKeys(found.groups.map(groupAt)));
    scopes.set(id, scope);
    return scope;
  };
}

/** Names of scopes, in the order of the file. */
interface ScopeIds {
  has(id: string): boolean;
  all(): readonly string[];
}

/** The ids of the scopes in a data file, which is read when the first is asked for. */
export function scopeIds(data: SchemaData): ScopeIds {
  const ids = lazy(() => new Set(data.scopes.map((scope) => scope.id)));
  return { has: (id) => ids().has(id), all: () => [...ids()] };
}

function inflateScope(scope: ScopeData, data: SchemaData, keys: KeyTable): Scope {
  return {
    id: scope.id,
    framework: data.framework,
    title: scope.title,
    keys,
    gone: scope.gone.flatMap((index) => (data.gone[index] ?? []).map(inflateGone)),
    unknown: scope.unknown,
    names: scope.names,
    origin: data.origin,
  };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** One row as a key. `data` gives the tables that the row refers to by number. */
export function inflateKey(
  row: string,
  data: Pick<SchemaData, 'framework' | 'files' | 'choices'>,
): KeySpec {
  const [name = '', code = '', source = '', value = '', choices = '', ...rest] = row.split('\t');
  const parsed = value === '' ? undefined : parse<Scalar | readonly Scalar[]>(value);
  const spec: Writable<KeySpec> = {
    name,
    kinds: kindsOf(code),
    nullable: code.includes('?'),
    required: code.includes('!'),
    default: isList(parsed) ? undefined : parsed,
    source: inflateSource(source, data.files),
    get doc() {
      return docOf(data.framework, name);
    },
  };
  // One by one, as hundreds are made at the start, where the code is not yet compiled.
  if (isList(parsed)) spec.defaultList = parsed;
  const legal = choices === '' ? undefined : data.choices[Number(choices)];
  if (legal !== undefined) spec.choices = legal;
  if (code.includes('+')) spec.choicesOpen = true;
  if (code.includes('-')) spec.flag = true;
  if (code.includes('*')) spec.rare = true;
  if (rest.length > 0) addTail(spec, rest);
  return spec;
}

/** The kinds of a code; keys have few different ones. */
function kindsOf(code: string): readonly KeyKind[] {
  const known = kinds.get(code);
  if (known !== undefined) return known;
  const made = [...code].flatMap((letter) => KINDS[letter] ?? []);
  kinds.set(code, made);
  return made;
}

const kinds = new Map<string, readonly KeyKind[]>();

/** Adds the last columns: since, until, and what else there is. */
function addTail(spec: Writable<KeySpec>, [first = '', last = '', json = '']: readonly string[]) {
  const since = release(first);
  const until = release(last);
  const where = until?.package ?? since?.package;
  const more = json === '' ? undefined : parse<More>(json);
  if (more?.extendedBy) spec.choicesExtendedBy = more.extendedBy;
  if (more?.aliases) spec.aliases = more.aliases;
  if (more?.gone) spec.goneValues = more.gone.map(inflateValue);
  if (more?.nested) spec.nested = more.nested;
  if (more?.deprecated) spec.deprecated = more.deprecated;
  if (since) spec.since = since.version;
  if (until) spec.until = until.version;
  if (where !== undefined) spec.package = where;
}

function inflateGone(row: string): GoneKey {
  const [name = '', until = '', now = '', note = ''] = row.split('\t');
  const last = release(until);
  return {
    name,
    until: last?.version ?? until,
    ...(now !== '' && { now }),
    ...(note !== '' && { note }),
    ...(last?.package !== undefined && { package: last.package }),
  };
}

function inflateValue(entry: GoneValue): GoneValue {
  const last = release(entry.until);
  return last?.package === undefined
    ? entry
    : { ...entry, until: last.version, package: last.package };
}

/** `transformers@4.57` or `4.1.3`. */
function release(cell: string): { version: string; package?: string } | undefined {
  if (cell === '') return undefined;
  const at = cell.indexOf('@');
  return at < 0 ? { version: cell } : { version: cell.slice(at + 1), package: cell.slice(0, at) };
}

function inflateSource(cell: string, files: readonly string[]): string {
  const [file = '', line] = cell.split(':');
  const path = file === '' ? '' : (files[Number(file)] ?? '');
  return line === undefined ? path : `${path}:${line}`;
}

function isList(value: Scalar | readonly Scalar[] | undefined): value is readonly Scalar[] {
  return Array.isArray(value);
}

/** The data files are ours: what a cell holds is known from its column. */
function parse<T>(text: string): T {
  return JSON.parse(text) as T;
}
