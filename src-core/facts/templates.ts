import { findModel } from './find-model.ts';
import { type RegistryEntry, registryEntry } from './registry/registry.ts';

/**
 * The frameworks' registry entry for a model as the user names it: by the id itself, else by the
 * id of the table's model when the text is a path or a nickname of exactly that model. A derived
 * model has no entry: its template is its author's choice.
 */
export function templatesOf(text: string): RegistryEntry | undefined {
  const direct = registryEntry(text.trim());
  if (direct !== undefined) return direct;
  const { record } = findModel(text);
  return record?.basis === 'table' ? registryEntry(record.id) : undefined;
}
