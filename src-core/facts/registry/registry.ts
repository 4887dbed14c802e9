import data from './registry.data.json' with { type: 'json' };

/** What the frameworks' model registries say of one id. Absent where a registry lacks it. */
export interface RegistryEntry {
  /** The id as the registry spells it. */
  readonly id: string;
  /** ms-swift `--model_type`. */
  readonly swiftType?: string;
  /** ms-swift `--template`. */
  readonly swiftTemplate?: string;
  /** LLaMA-Factory `template`. */
  readonly factoryTemplate?: string;
}

interface RegistryData {
  /** Model type and template of ms-swift, template of LLaMA-Factory (empty: none), then the ids. */
  readonly groups: readonly (readonly [string, string, string, string])[];
  /** A ModelScope id and its Hugging Face id, where the names differ. */
  readonly pairs: readonly string[];
}

interface Registry {
  readonly entries: ReadonlyMap<string, RegistryEntry>;
  readonly aliases: ReadonlyMap<string, string>;
}

let registry: Registry | undefined;

function load(): Registry {
  const { groups, pairs } = data as unknown as RegistryData;
  const entries = new Map<string, RegistryEntry>();
  for (const [swiftType, swiftTemplate, factoryTemplate, ids] of groups) {
    const shared = {
      ...(swiftType && { swiftType }),
      ...(swiftTemplate && { swiftTemplate }),
      ...(factoryTemplate && { factoryTemplate }),
    };
    for (const id of ids.split(' ')) entries.set(id.toLowerCase(), { id, ...shared });
  }
  const aliases = new Map(pairs.map((pair) => split(pair)));
  return { entries, aliases };
}

function split(pair: string): readonly [string, string] {
  const [from = '', to = ''] = pair.split(' ');
  return [from.toLowerCase(), to];
}

/** The registries' entry of a hub id (Hugging Face or ModelScope), ignoring case. */
export function registryEntry(id: string): RegistryEntry | undefined {
  registry ??= load();
  return registry.entries.get(id.toLowerCase());
}

/** The Hugging Face id of a ModelScope id whose name differs from it. */
export function huggingFaceId(modelScopeId: string): string | undefined {
  registry ??= load();
  return registry.aliases.get(modelScopeId.toLowerCase());
}

/** Every entry of the registries. */
export function registryEntries(): Iterable<RegistryEntry> {
  registry ??= load();
  return registry.entries.values();
}

/** Every id of the registries, as they spell it. */
export function registryIds(): readonly string[] {
  return [...registryEntries()].map((entry) => entry.id);
}
