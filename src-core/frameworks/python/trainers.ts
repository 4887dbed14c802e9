import type { Call, Document } from '../../syntax/document.ts';
import { lazy } from '../../text/lazy.ts';
import type { AdapterContext, Section } from '../framework.ts';
import { findKey } from '../resolve-key.ts';
import type { Scope } from '../schema.ts';
import { loadScopes, type SchemaData, scopeIds } from '../schema-load.ts';
import { hfScope } from '../transformers/scopes.ts';
import transformers from '../transformers/trainers.data.json' with { type: 'json' };
import { trlScope } from '../trl/scopes.ts';
import trl from '../trl/trainers.data.json' with { type: 'json' };
import { isLibrarys } from './origin.ts';
import { hasOdd, importsUnsloth, patchedBy } from './patched.ts';

const tables = [trl, transformers].map((data) => {
  const schema = data as unknown as SchemaData;
  return { ids: scopeIds(schema), load: loadScopes(schema) };
});
const scopes = new Map<string, Scope>();

/** The keywords of a trainer's constructor; `undefined` for other classes. */
export function trainerScope(callee: string): Scope | undefined {
  const known = scopes.get(callee);
  if (known !== undefined) return known;
  const table = tables.find(({ ids }) => ids.has(callee));
  const scope = table?.load(callee);
  if (table === undefined || scope === undefined) return undefined;
  const home =
    trlScope(callee.replace(/Trainer$/, 'Config')) ??
    hfScope(callee.replace(/Trainer$/, 'TrainingArguments'));
  const others = lazy(() => table.ids.all().map(table.load));
  const akin = (key: string) => {
    const renamed = others().flatMap(({ gone }) => gone.filter(({ name }) => name === key));
    return renamed.find(({ now }) => now !== undefined && findKey(scope, now))?.now;
  };
  const made = { ...scope, akin, ...(home && { home }) };
  scopes.set(callee, made);
  return made;
}

/**
 * What the trainers among some calls are given, where all of it is seen, in every release the same, and
 * the class is the library's own: Unsloth hands on what TRL's constructors no longer take (unsloth/trainer.py,
 * `_backwards_compatible_trainer`).
 */
export function trainerSections(
  document: Document,
  calls: readonly Call[],
  context: AdapterContext,
): readonly Section[] {
  if (importsUnsloth(document)) return [];
  const found = sectionsOf(document, calls);
  const odd = found.some(({ entries, scope }) => hasOdd(entries, scope));
  return odd && patchedBy(document, context) ? [] : found;
}

function sectionsOf(document: Document, calls: readonly Call[]): readonly Section[] {
  return calls.flatMap((unit) => {
    const scope = trainerScope(unit.callee);
    if (scope === undefined || unit.open || unit.guarded || !isLibrarys(document, unit)) return [];
    const { path: file } = document.file;
    const { entries } = unit;
    return [{ file, document, unit, scope, entries, leftover: [], path: [], nested: true }];
  });
}
