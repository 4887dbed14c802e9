import type { ArchSpec, ModelRecord } from './model.ts';
import { modelByKey, modelByStem } from './model-index.ts';
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
import { suggestModels } from './model-suggestions.ts';
import { modelById } from './models/models.ts';
import { sameArchitecture } from './models/same-architecture.ts';
import { huggingFaceId, registryEntry } from './registry/registry.ts';

/** What a model's name leads to. */
export interface ModelFinding {
  /** Absent where the name tells nothing, not even a size. */
  readonly record?: ModelRecord;
  /** Ids that were probably meant, best first; empty where the id is known. */
  readonly suggestions: readonly string[];
}

/**
 * Finds a model by hub id, ModelScope id, path, cache path or nickname. Names that only tune or
 * quantise a known model give its architecture with basis `base`; a name that shows no more than a
 * size gives `params` with basis `name-size`; anything else gives no record. Never guesses an
 * architecture.
 */
export function findModel(text: string): ModelFinding {
  const name = parseModelName(text);
  if (name === undefined) return { suggestions: [] };
  const record = resolveRun(name) ?? resolve(name);
  if (record?.basis === 'table') return { record, suggestions: [] };
  const suggestions = name.local || isRegistered(name) ? [] : suggestModels(idOf(name), record);
  return record === undefined ? { suggestions } : { record, suggestions };
}

const partsOf = (id: string): ModelName => {
  const [owner = '', name = ''] = id.split('/');
  return { owner, name, folders: [], local: false };
};

const idOf = ({ owner, name }: ModelName): string => (owner ? `${owner}/${name}` : name);

const isRegistered = (name: ModelName): boolean => registryEntry(idOf(name)) !== undefined;

function resolve(name: ModelName): ModelRecord | undefined {
  const id = idOf(name);
  const exact = modelById(id);
  if (exact !== undefined) return exact;
  const alias = name.owner === undefined ? undefined : huggingFaceId(id);
  if (alias !== undefined) return resolve(partsOf(alias));
  for (const tokens of [modelTokens(name.name), modelTokens(name.name, false)]) {
    const key = nameKey(tokens);
    // A word or two without a number name a family, not a model.
    if (!/\d/.test(key) && tokens.length < 3) continue;
    const named = modelByKey(key);
    if (named !== undefined && keepsLayout(named, name)) return sameName(named, name);
    const stem = stemOf(tokens, name.owner);
    const other = sameArchitecture(stem.key);
    const base =
      modelByStem(stem.key) ??
      modelByStem(withoutRelease(stem.key) ?? '') ??
      (other === undefined ? undefined : modelById(other));
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
function resolveRun(name: ModelName): ModelRecord | undefined {
  if (!RUN_FOLDER.test(name.name)) return undefined;
  for (const folder of name.folders) {
    const record = resolve({ name: folder, folders: [], local: true });
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
