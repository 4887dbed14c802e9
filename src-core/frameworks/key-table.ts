import { detached } from '../text/detached.ts';
import { lazy } from '../text/lazy.ts';
import type { KeySpec } from './schema.ts';

/** The keys of a scope. */
export interface KeyTable {
  all(): readonly KeySpec[];
  /** The key of that name, else the one with that alias; of several the last. */
  find(name: string): KeySpec | undefined;
}

/** A table of keys that are at hand. */
export function keyTable(keys: readonly KeySpec[]): KeyTable {
  const byName = lazy(() => {
    const known = new Map<string, KeySpec>();
    for (const spec of keys) for (const alias of spec.aliases ?? []) known.set(alias, spec);
    for (const spec of keys) known.set(spec.name, spec);
    return known;
  });
  return { all: () => keys, find: (name) => byName().get(name) };
}

/** The keys of `table`, each changed when it is first asked for. Names and aliases stay as they are. */
export function changedKeys(table: KeyTable, change: (spec: KeySpec) => KeySpec): KeyTable {
  const made = new Map<KeySpec, KeySpec>();
  const changed = (spec: KeySpec): KeySpec => {
    const one = made.get(spec) ?? change(spec);
    made.set(spec, one);
    return one;
  };
  const all = lazy(() => table.all().map(changed));
  const find = (name: string): KeySpec | undefined => {
    const spec = table.find(name);
    return spec && changed(spec);
  };
  return { all, find };
}

/** Names that are remembered, found or not; a session may ask for whatever is typed. */
const MOST_NAMES = 4096;

/** The keys of several tables; of two with one name the later counts. */
export function joinedKeys(tables: readonly KeyTable[]): KeyTable {
  const [only] = tables;
  if (only !== undefined && tables.length === 1) return only;
  const asked = new Map<string, KeySpec | undefined>();
  const look = (name: string): KeySpec | undefined => {
    let byAlias: KeySpec | undefined;
    for (let i = tables.length - 1; i >= 0; i--) {
      const spec = tables[i]?.find(name);
      if (spec?.name === name) return spec;
      byAlias ??= spec;
    }
    return byAlias;
  };
  return {
    all: lazy(() => tables.flatMap((table) => table.all())),
    find(name) {
      const before = asked.get(name);
      if (before !== undefined || asked.has(name)) return before;
      const spec = look(name);
      if (asked.size >= MOST_NAMES) asked.clear();
      asked.set(detached(name), spec);
      return spec;
    },
  };
}
