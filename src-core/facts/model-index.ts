import type { ModelRecord } from './model.ts';
import { modelTokens, nameKey, stemOf } from './model-names.ts';
import { listModels } from './models/models.ts';

interface NameIndex {
  readonly byKey: ReadonlyMap<string, ModelRecord>;
  readonly byStem: ReadonlyMap<string, ModelRecord>;
}

let names: NameIndex | undefined;

/** The table's model whose name has exactly these tokens (`nameKey`). */
export function modelByKey(key: string): ModelRecord | undefined {
  names ??= buildNames();
  return names.byKey.get(key);
}

/** The table's model with this stem, where all models with the stem have one architecture. */
export function modelByStem(stem: string): ModelRecord | undefined {
  names ??= buildNames();
  return names.byStem.get(stem);
}

function buildNames(): NameIndex {
  const byKey = new Map<string, ModelRecord>();
  const stems = new Map<string, ModelRecord[]>();
  for (const record of listModels()) {
    const tokens = modelTokens(record.id.slice(record.id.indexOf('/') + 1));
    if (!byKey.has(nameKey(tokens))) byKey.set(nameKey(tokens), record);
    const { key } = stemOf(tokens);
    stems.set(key, [...(stems.get(key) ?? []), record]);
  }
  const byStem = new Map<string, ModelRecord>();
  for (const [key, [first, ...others]] of stems) {
    if (first && others.every((other) => sameShape(first, other))) byStem.set(key, first);
  }
  return { byKey, byStem };
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
