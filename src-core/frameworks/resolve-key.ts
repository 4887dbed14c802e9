import { closest } from '../text/distance.ts';
import type { GoneKey, KeySpec, Scope } from './schema.ts';

/** What a written key turns out to be in its scope. */
export type ResolvedKey =
  /** `negated`: `--no_x` of a boolean; `prefix`: an unambiguous beginning of the name. */
  | {
      readonly kind: 'key';
      readonly spec: KeySpec;
      readonly negated: boolean;
      readonly prefix: boolean;
    }
  | { readonly kind: 'gone'; readonly gone: GoneKey }
  /** A beginning that several names share: argparse stops. */
  | { readonly kind: 'ambiguous'; readonly names: readonly string[] }
  | { readonly kind: 'unknown' };

interface Index {
  readonly byName: ReadonlyMap<string, KeySpec>;
  readonly gone: ReadonlyMap<string, GoneKey>;
}

const indexes = new WeakMap<Scope, Index>();

function indexOf(scope: Scope): Index {
  const cached = indexes.get(scope);
  if (cached !== undefined) return cached;
  const byName = new Map<string, KeySpec>();
  for (const spec of scope.keys) for (const alias of spec.aliases ?? []) byName.set(alias, spec);
  for (const spec of scope.keys) byName.set(spec.name, spec);
  const gone = new Map(scope.gone.map((one) => [one.name, one]));
  const index = { byName, gone };
  indexes.set(scope, index);
  return index;
}

/** The key of that exact name or alias. */
export function findKey(scope: Scope, name: string): KeySpec | undefined {
  return indexOf(scope).byName.get(name);
}

/** Resolves a written key; `names` is the scope's own rule of naming unless the place has another. */
export function resolveKey(
  scope: Scope,
  written: string,
  names: Scope['names'] = scope.names,
): ResolvedKey {
  const index = indexOf(scope);
  const name = names === 'exact' ? written : written.replaceAll('-', '_');
  const exact = index.byName.get(name);
  if (exact !== undefined) return { kind: 'key', spec: exact, negated: false, prefix: false };
  if (names === 'hf') {
    const loose = resolveLoosely(index, scope, name);
    if (loose !== undefined) return loose;
  }
  const gone = index.gone.get(name);
  return gone === undefined ? { kind: 'unknown' } : { kind: 'gone', gone };
}

/** `--no_x` of a boolean that is true by default, then argparse's unambiguous prefixes. */
function resolveLoosely(index: Index, scope: Scope, name: string): ResolvedKey | undefined {
  if (name.startsWith('no_')) {
    const spec = index.byName.get(name.slice(3));
    if (spec?.kinds[0] === 'bool' && spec.default === true)
      return { kind: 'key', spec, negated: true, prefix: false };
  }
  if (index.gone.has(name) || name.length < 2) return undefined;
  const starting = scope.keys.filter((spec) => spec.name.startsWith(name));
  const only = starting[0];
  if (only === undefined) return undefined;
  if (starting.length > 1)
    return { kind: 'ambiguous', names: starting.map((spec) => spec.name).slice(0, 5) };
  return { kind: 'key', spec: only, negated: false, prefix: true };
}

/** Known names close to `written`, best first. */
export function similarKeys(scope: Scope, written: string): readonly string[] {
  return closest(written, indexOf(scope).byName.keys());
}

/** The one known name that ends with the same two words or more: `load_in_8bit_skip_modules`. */
export function sameEnding(scope: Scope, written: string): readonly string[] {
  const tail = written.split('_').slice(-2).join('_');
  if (!tail.includes('_')) return [];
  const names = [...indexOf(scope).byName.keys()].filter((name) => name.endsWith(`_${tail}`));
  return names.length === 1 ? names : [];
}
