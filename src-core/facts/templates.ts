import { modelTokens, nameKey, parseModelName } from './model-names.ts';
import { type RegistryEntry, registryEntries, registryEntry } from './registry/registry.ts';

let byName: ReadonlyMap<string, RegistryEntry | null> | undefined;

/**
 * The frameworks' registry entry for a model as the user names it: by the id itself, else by the
 * name behind the last slash (`Meta-Llama-3` is `Llama-3`, a copy by another owner is the same).
 * A derived model has no entry: its template is its author's choice. Nor has a name that the
 * registries give to models with different templates.
 */
export function templatesOf(text: string): RegistryEntry | undefined {
  const direct = registryEntry(text.trim());
  const name = direct === undefined ? parseModelName(text)?.name : undefined;
  if (name === undefined) return direct;
  byName ??= indexByName();
  return byName.get(nameKey(modelTokens(name))) ?? undefined;
}

/** Entries by name; `null` for a name that stands for different templates. */
function indexByName(): ReadonlyMap<string, RegistryEntry | null> {
  const index = new Map<string, RegistryEntry | null>();
  for (const entry of registryEntries()) {
    const key = nameKey(modelTokens(entry.id.slice(entry.id.indexOf('/') + 1)));
    const other = index.get(key);
    index.set(key, other === undefined || (other && sameTemplates(other, entry)) ? entry : null);
  }
  return index;
}

const sameTemplates = (a: RegistryEntry, b: RegistryEntry): boolean =>
  a.swiftTemplate === b.swiftTemplate && a.factoryTemplate === b.factoryTemplate;
