import { editDistance } from './edit-distance.ts';
import type { ArchSpec, ModelRecord } from './model.ts';
import {
  type ModelName,
  modelTokens,
  nameKey,
  parseModelName,
  type Stem,
  sizeInName,
  stemOf,
  withoutRelease,
} from './model-names.ts';
import { listModels } from './models/models.ts';
import { sameArchitecture } from './models/same-architecture.ts';
import { huggingFaceId, registryEntry, registryIds } from './registry/registry.ts';

/** What a model's name leads to. */
export interface ModelFinding {
  /** Absent where the name tells nothing, not even a size. */
  readonly record?: ModelRecord;
  /** Ids that were probably meant, best first; empty where the id is known. */
  readonly suggestions: readonly string[];
}

interface Index {
  readonly byId: ReadonlyMap<string, ModelRecord>;
  readonly byKey: ReadonlyMap<string, ModelRecord>;
  readonly byStem: ReadonlyMap<string, ModelRecord>;
  /** Lower-case ids for suggestions, with the digits that a typo must keep. */
  readonly known: readonly {
    readonly id: string;
    readonly lower: string;
    readonly digits: string;
  }[];
}

let index: Index | undefined;

/**
 * Finds a model by hub id, ModelScope id, path, cache path or nickname. Names that only tune or
 * quantise a known model give its architecture with basis `base`; a name that shows no more than a
 * size gives `params` with basis `name-size`; anything else gives no record. Never guesses an
 * architecture.
 */
export function findModel(text: string): ModelFinding {
  const name = parseModelName(text);
  if (name === undefined) return { suggestions: [] };
  index ??= buildIndex();
  const record = resolveRun(name, index) ?? resolve(name, index);
  if (record?.basis === 'table') return { record, suggestions: [] };
  const suggestions = name.local || isRegistered(name) ? [] : suggest(idOf(name), index, record);
  return record === undefined ? { suggestions } : { record, suggestions };
}

const idOf = ({ owner, name }: ModelName): string => (owner ? `${owner}/${name}` : name);

const isRegistered = (name: ModelName): boolean => registryEntry(idOf(name)) !== undefined;

function resolve(name: ModelName, { byId, byKey, byStem }: Index): ModelRecord | undefined {
  const id = idOf(name);
  const exact = byId.get(id.toLowerCase()) ?? byId.get(huggingFaceId(id)?.toLowerCase() ?? '');
  if (exact !== undefined) return exact;
  for (const tokens of [modelTokens(name.name), modelTokens(name.name, false)]) {
    const key = nameKey(tokens);
    if (!/\d/.test(key)) continue;
    const named = byKey.get(key);
    if (named !== undefined && keepsLayout(named, name)) return sameName(named, name);
    const stem = stemOf(tokens, name.owner);
    const other = sameArchitecture(stem.key);
    const base =
      byStem.get(stem.key) ??
      byStem.get(withoutRelease(stem.key) ?? '') ??
      (other === undefined ? undefined : byId.get(other.toLowerCase()));
    if (base !== undefined && keepsLayout(base, name)) return derive(base, id, stem, other);
  }
  return bySize(id, name);
}

/** Unsloth splits the fused projections of Phi-3 and Phi-4: its uploads are another architecture. */
function keepsLayout({ arch }: ModelRecord, { owner }: ModelName): boolean {
  return !(owner?.toLowerCase() === 'unsloth' && arch?.modelType === 'phi3');
}

/** Folders of a run inside the folder that is named for its model. */
const RUN_FOLDER =
  /^(?:checkpoint|global_step|epoch|step|v\d+-|vx-|merged|final|best|latest|full|lora|sft|dpo|hf$)/i;

/** The model that a checkpoint's folders are named for: `out/Qwen3-8B/v0-2025/checkpoint-100`. */
function resolveRun(name: ModelName, known: Index): ModelRecord | undefined {
  if (!RUN_FOLDER.test(name.name)) return undefined;
  for (const folder of name.folders) {
    const record = resolve({ name: folder, folders: [], local: true }, known);
    if (record?.arch !== undefined) return { ...record, basis: 'base' };
    if (!RUN_FOLDER.test(folder)) return undefined;
  }
  return undefined;
}

/** The model of this name. Another owner's upload of the name is its base, not the entry itself. */
function sameName(record: ModelRecord, { owner, local }: ModelName): ModelRecord {
  const mine = owner === undefined || local || ownerOf(record) === owner.toLowerCase();
  return mine ? record : { ...record, basis: 'base' };
}

const ownerOf = ({ id }: ModelRecord): string => id.slice(0, id.indexOf('/')).toLowerCase();

function derive(base: ModelRecord, id: string, stem: Stem, other?: string): ModelRecord {
  const { dtype, arch, quantized: packed, ...rest } = base;
  const quantized = stem.quantized ?? (stem.unpacked ? undefined : packed);
  const keepsDtype = stem.quantized === undefined || stem.quantized.startsWith('bnb');
  return {
    ...rest,
    id,
    basis: 'base',
    ...(arch && { arch: stem.tuned || other ? tunedArch(base, arch, other) : arch }),
    ...(dtype && keepsDtype && dtype !== 'float32' && { dtype }),
    ...(quantized && { quantized }),
    sources: [`${other ? 'same dimensions as' : 'architecture of'} ${base.id}`, ...base.sources],
  };
}

/** Chat versions keep the context length of their base in these families; elsewhere it may differ. */
const SAME_CONTEXT = /^(?:meta-llama\/|google\/gemma|deepseek-ai\/)/;

function tunedArch(base: ModelRecord, arch: ArchSpec, other?: string): ArchSpec {
  if (other === undefined && SAME_CONTEXT.test(base.id)) return arch;
  const { maxPositionEmbeddings: _, ropeTheta: __, slidingWindow: ___, ...rest } = arch;
  return rest;
}

function bySize(id: string, { name }: ModelName): ModelRecord | undefined {
  const params = sizeInName(modelTokens(name));
  if (params === undefined) return undefined;
  return { id, params, basis: 'name-size', sources: ['the size in the name'] };
}

function buildIndex(): Index {
  const records = listModels();
  const byId = new Map<string, ModelRecord>();
  const byKey = new Map<string, ModelRecord>();
  const stems = new Map<string, ModelRecord[]>();
  for (const record of records) {
    const tokens = modelTokens(record.id.slice(record.id.indexOf('/') + 1));
    byId.set(record.id.toLowerCase(), record);
    if (!byKey.has(nameKey(tokens))) byKey.set(nameKey(tokens), record);
    const { key } = stemOf(tokens);
    stems.set(key, [...(stems.get(key) ?? []), record]);
  }
  const byStem = new Map<string, ModelRecord>();
  for (const [key, [first, ...others]] of stems) {
    if (first && others.every((other) => sameShape(first, other))) byStem.set(key, first);
  }
  return { byId, byKey, byStem, known: knownIds(records) };
}

function knownIds(records: readonly ModelRecord[]): Index['known'] {
  const ids = new Map(records.map(({ id }) => [id.toLowerCase(), id]));
  for (const id of registryIds()) if (!ids.has(id.toLowerCase())) ids.set(id.toLowerCase(), id);
  return [...ids].map(([lower, id]) => ({ id, lower, digits: digitsOf(lower) }));
}

/** Same parameters in the same places; the context length may differ. */
function sameShape({ arch: a, params }: ModelRecord, other: ModelRecord): boolean {
  const b = other.arch;
  if (a === undefined || b === undefined) return false;
  return (
    params === other.params &&
    a.modelType === b.modelType &&
    a.hiddenSize === b.hiddenSize &&
    a.layers === b.layers &&
    a.vocabSize === b.vocabSize
  );
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
function suggest(text: string, { known }: Index, record?: ModelRecord): readonly string[] {
  const lower = text.toLowerCase();
  if (record?.basis === 'base' && !lower.includes('/')) return [];
  const tail = record?.basis === 'base' ? lower.slice(lower.indexOf('/')) : '';
  const digits = digitsOf(lower);
  if (digits === '') return [];
  const bare = !lower.includes('/');
  const scored = known.flatMap(({ id, lower: other, digits: theirs }) => {
    if (theirs !== digits || !other.endsWith(tail)) return [];
    const target = bare ? other.slice(other.indexOf('/') + 1) : other;
    if (target === lower || !sameWords(target, lower)) return [];
    const limit = Math.min(MAX_EDITS, Math.floor(target.length / 5));
    const distance = editDistance(lower, target, limit);
    return distance <= limit ? [{ id, distance }] : [];
  });
  scored.sort((a, b) => a.distance - b.distance);
  return [...new Set(scored.map(({ id }) => id))].slice(0, MAX_SUGGESTIONS);
}
