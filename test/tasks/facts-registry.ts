/**
 * Makes src-core/facts/registry/registry.data.json:
 * `npx tsx test/tasks/facts-registry.ts <framework-models.json> <out>`.
 * The input lists the model registries of ms-swift and LLaMA-Factory.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface SwiftModel {
  readonly ms: string | null;
  readonly hf: string | null;
  readonly model_type: string;
  readonly template: string | null;
}

interface FactoryModel {
  readonly ms: string | null;
  readonly hf: string | null;
  readonly template: string | null;
}

interface Entry {
  swiftType?: string;
  swiftTemplate?: string;
  factoryTemplate?: string;
}

const [input, out] = process.argv.slice(2);
if (input === undefined || out === undefined) throw new Error('usage: facts-registry <in> <out>');
const data: {
  readonly swift: readonly SwiftModel[];
  readonly llamafactory: readonly FactoryModel[];
} = JSON.parse(readFileSync(input, 'utf8'));

const entries = new Map<string, Entry>();
const names = new Map<string, string>();
const pairs = new Map<string, string>();

function entry(id: string): Entry {
  const key = id.toLowerCase();
  if (!names.has(key)) names.set(key, id);
  const known = entries.get(key) ?? {};
  entries.set(key, known);
  return known;
}

/** Only names that differ beyond the owner; LLaMA-Factory's list pairs some different models. */
function pair(ms: string | null, hf: string | null): void {
  if (ms === null || hf === null || ms.toLowerCase() === hf.toLowerCase()) return;
  const tail = (id: string): string => id.slice(id.indexOf('/') + 1).toLowerCase();
  if (tail(ms) !== tail(hf)) pairs.set(ms, hf);
}

const isId = (id: string | null): id is string => id !== null && /^[^/\s]+\/[^/\s]+$/.test(id);

for (const model of data.swift) {
  for (const id of [model.hf, model.ms].filter(isId)) {
    const known = entry(id);
    known.swiftType ??= model.model_type;
    const template = model.template?.replace(/^\w*TemplateType\./, '');
    if (template !== undefined) known.swiftTemplate ??= template;
  }
  pair(model.ms, model.hf);
}
for (const model of data.llamafactory) {
  for (const id of [model.hf, model.ms].filter(isId)) {
    const known = entry(id);
    if (model.template !== null) known.factoryTemplate ??= model.template;
  }
}

const groups = new Map<string, string[]>();
for (const [key, { swiftType, swiftTemplate, factoryTemplate }] of entries) {
  const group = JSON.stringify([swiftType ?? '', swiftTemplate ?? '', factoryTemplate ?? '']);
  const ids = groups.get(group) ?? [];
  ids.push(names.get(key) ?? key);
  groups.set(group, ids);
}
const lines = [...groups].map(
  ([group, ids]) => `${group.slice(0, -1)},${JSON.stringify(ids.join(' '))}]`,
);
const aliases = [...pairs].map((both) => JSON.stringify(both.join(' ')));
writeFileSync(
  out,
  `{"groups":[\n${lines.join(',\n')}\n],\n"pairs":[\n${aliases.join(',\n')}\n]}\n`,
);
