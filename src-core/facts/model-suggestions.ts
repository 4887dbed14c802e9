import { editDistance } from '../text/edit-distance.ts';
import type { ModelRecord } from './model.ts';
import { listModels } from './models/models.ts';
import { registryIds } from './registry/registry.ts';

interface KnownId {
  readonly id: string;
  readonly lower: string;
}

/** Ids for suggestions by the digits in them, which a typo must keep. */
let known: ReadonlyMap<string, readonly KnownId[]> | undefined;

function knownIds(): ReadonlyMap<string, readonly KnownId[]> {
  const ids = new Map(listModels().map(({ id }) => [id.toLowerCase(), id]));
  for (const id of registryIds()) if (!ids.has(id.toLowerCase())) ids.set(id.toLowerCase(), id);
  const byDigits = new Map<string, KnownId[]>();
  for (const [lower, id] of ids) {
    const digits = digitsOf(lower);
    const same = byDigits.get(digits) ?? [];
    same.push({ id, lower });
    byDigits.set(digits, same);
  }
  return byDigits;
}

const digitsOf = (text: string): string => text.replace(/\D+/g, '');

/** A word more or less (`-hf`) is another model; a separator more or less is not. */
function sameWords(a: string, b: string): boolean {
  const count = (text: string): number => text.split(/[^a-z\d]+/).length;
  return count(a) === count(b) || a.replace(/[^a-z\d]/g, '') === b.replace(/[^a-z\d]/g, '');
}

const MAX_EDITS = 3;
const MAX_SUGGESTIONS = 3;

/**
 * Known ids within a few edits of `text` that keep every digit: sizes and versions are no typos.
 * Where the name leads to a base model only a mistyped owner counts.
 */
export function suggestModels(text: string, record?: ModelRecord): readonly string[] {
  const lower = text.toLowerCase();
  if (record?.basis === 'base' && !lower.includes('/')) return [];
  const tail = record?.basis === 'base' ? lower.slice(lower.indexOf('/')) : '';
  const digits = digitsOf(lower);
  if (digits === '') return [];
  const bare = !lower.includes('/');
  known ??= knownIds();
  const scored = (known.get(digits) ?? []).flatMap(({ id, lower: other }) => {
    if (!other.endsWith(tail)) return [];
    const target = bare ? other.slice(other.indexOf('/') + 1) : other;
    if (target === lower || !sameWords(target, lower)) return [];
    const limit = Math.min(MAX_EDITS, Math.floor(target.length / 5));
    const distance = editDistance(lower, target, limit);
    return distance <= limit ? [{ id, distance }] : [];
  });
  scored.sort((a, b) => a.distance - b.distance);
  return [...new Set(scored.map(({ id }) => id))].slice(0, MAX_SUGGESTIONS);
}
