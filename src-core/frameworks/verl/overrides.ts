import type { Document, Entry } from '../../syntax/document.ts';
import { findKey } from '../resolve-key.ts';
import type { KeySpec, Scope } from '../schema.ts';

/** What Hydra does with a word: sets what is there, adds what is not, does either, or takes it away. */
export type Mark = '' | '+' | '++' | '~' | '?';

/** An override with the sign in front of it; `?` where the text does not show it. */
export interface Override {
  readonly entry: Entry;
  readonly mark: Mark;
}

/** Each override of a command by its sign. */
export function overridesIn(document: Document, entries: readonly Entry[]): readonly Override[] {
  return entries.map((entry) => {
    const { start, end } = entry.keySpan;
    const text = document.file.text.slice(start, end);
    const sign = /^(?:\+\+?|~)?/.exec(text)?.[0] ?? '';
    return { entry, mark: text === `${sign}${entry.key}` ? (sign as Mark) : '?' };
  });
}

/**
 * Whether Hydra refuses an override unless the config has its key (`_apply_overrides_to_config` in Hydra's
 * config_loader_impl.py), and its key is told by its name alone: the config is closed, but for what an interpolation
 * stands for. What lies in an empty mapping needs a sign (`marks.ts`).
 */
export function mustExist({ entry, mark }: Override, scope: Scope): boolean {
  const { key, value } = entry;
  if (mark !== '' || !key.includes('.') || /[@/]|^hydra\.|(?:^|\.)_target_$/.test(key))
    return false;
  if (value.kind === 'scalar' && value.text.startsWith('{')) return false;
  if (closedAbove(key, scope) !== undefined) return false;
  return !parentsOf(key).some((name) => isComputed(findKey(scope, name)));
}

/** The key that closes what lies in it: an empty mapping, or null. */
export function closedAbove(key: string, scope: Scope): KeySpec | undefined {
  const above = parentsOf(key).map((name) => findKey(scope, name));
  return above.find((spec) => spec?.kinds[0] === 'dict' || spec?.default === null);
}

/** Whether an interpolation stands there, which may be of a mapping. */
function isComputed(spec: KeySpec | undefined): boolean {
  return spec?.kinds[0] === 'any' && spec.default === undefined;
}

/** The names of the mappings that a key lies in, innermost first. */
function parentsOf(key: string): readonly string[] {
  const parts = key.split('.');
  return parts.slice(1).map((_, at) => parts.slice(0, parts.length - 1 - at).join('.'));
}
