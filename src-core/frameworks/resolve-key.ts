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

/** The key of that exact name or alias. */
export function findKey(scope: Scope, name: string): KeySpec | undefined {
  return scope.keys.find(name);
}

function findGone(scope: Scope, name: string): GoneKey | undefined {
  return scope.gone.findLast((one) => one.name === name);
}

/** Resolves a written key; `names` is the scope's own rule of naming unless the place has another. */
export function resolveKey(
  scope: Scope,
  written: string,
  names: Scope['names'] = scope.names,
): ResolvedKey {
  const name = names === 'exact' ? written : written.replaceAll('-', '_');
  const exact = findKey(scope, name);
  if (exact !== undefined) return { kind: 'key', spec: exact, negated: false, prefix: false };
  const gone = findGone(scope, name);
  if (names === 'hf') {
    const loose = resolveLoosely(scope, name, gone !== undefined);
    if (loose !== undefined) return loose;
  }
  return gone === undefined ? { kind: 'unknown' } : { kind: 'gone', gone };
}

/** `--no_x` of a boolean that is true by default, then argparse's unambiguous prefixes. */
function resolveLoosely(scope: Scope, name: string, isGone: boolean): ResolvedKey | undefined {
  if (name.startsWith('no_')) {
    const spec = findKey(scope, name.slice(3));
    if (spec?.kinds[0] === 'bool' && spec.default === true)
      return { kind: 'key', spec, negated: true, prefix: false };
  }
  if (isGone || name.length < 2) return undefined;
  const starting = scope.keys.all().filter((spec) => spec.name.startsWith(name));
  const only = starting[0];
  if (only === undefined) return undefined;
  if (starting.length > 1)
    return { kind: 'ambiguous', names: starting.map((spec) => spec.name).slice(0, 5) };
  return { kind: 'key', spec: only, negated: false, prefix: true };
}

/** Aliases, then names. */
function namesIn(scope: Scope): readonly string[] {
  const keys = scope.keys.all();
  const aliases = keys.flatMap((spec) => spec.aliases ?? []);
  return [...new Set([...aliases, ...keys.map((spec) => spec.name)])];
}

/** Known names close to `written`, best first. */
export function similarKeys(scope: Scope, written: string): readonly string[] {
  return closest(written, namesIn(scope)).filter((name) => areClose(written, name));
}

/** Whether each word between dots is close to its counterpart: `trainer.foo` is not to `trainer.v1`. */
function areClose(written: string, name: string): boolean {
  const [a, b] = [written.split('.'), name.split('.')];
  if (a.length !== b.length || a.length === 1) return true;
  return a.every((word, at) => word === b[at] || closest(word, [b[at] ?? '']).length > 0);
}

/**
 * The one known name that ends with the same two words or more: `load_in_8bit_skip_modules`; of names with dots, the
 * one that ends with the same below the same first word.
 */
export function sameEnding(scope: Scope, written: string): readonly string[] {
  const [first, ...rest] = written.split('.');
  const last = rest.at(-1);
  if (last !== undefined) {
    const below = namesIn(scope).filter(
      (name) => name.startsWith(`${first}.`) && name.endsWith(`.${last}`),
    );
    return below.length === 1 ? below : [];
  }
  const tail = written.split('_').slice(-2).join('_');
  if (!tail.includes('_')) return [];
  const names = namesIn(scope).filter((name) => name.endsWith(`_${tail}`));
  return names.length === 1 ? names : [];
}
