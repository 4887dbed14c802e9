import { detached } from '../../text/detached.ts';
import { lazy } from '../../text/lazy.ts';
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

type Group = RegistryData['groups'][number];

const table = data as unknown as RegistryData;

/** The ids of each group in lower case, a space around each: a session looks for a few of them. */
const searched = lazy(() => table.groups.map(([, , , ids]) => ` ${ids.toLowerCase()} `));

const aliases = lazy(() => new Map(table.pairs.map((pair) => split(pair))));

/** Every entry by its id in lower case. */
const entries = lazy((): ReadonlyMap<string, RegistryEntry> => {
  const all = table.groups.flatMap((group) => group[3].split(' ').map((id) => entry(group, id)));
  return new Map(all.map((one) => [one.id.toLowerCase(), one]));
});

function entry([swiftType, swiftTemplate, factoryTemplate]: Group, id: string): RegistryEntry {
  return {
    id,
    ...(swiftType && { swiftType }),
    ...(swiftTemplate && { swiftTemplate }),
    ...(factoryTemplate && { factoryTemplate }),
  };
}

function split(pair: string): readonly [string, string] {
  const [from = '', to = ''] = pair.split(' ');
  return [from.toLowerCase(), to];
}

const asked = new Map<string, RegistryEntry | undefined>();
const MOST_ASKED = 256;

/** The registries' entry of a hub id (Hugging Face or ModelScope), ignoring case. */
export function registryEntry(id: string): RegistryEntry | undefined {
  const lower = id.toLowerCase();
  if (asked.has(lower)) return asked.get(lower);
  const found = /^\S+$/.test(lower) ? search(` ${lower} `) : undefined;
  if (asked.size >= MOST_ASKED) asked.clear();
  asked.set(detached(lower), found);
  return found;
}

function search(text: string): RegistryEntry | undefined {
  const at = searched().findLastIndex((ids) => ids.includes(text));
  const group = table.groups[at];
  const start = searched()[at]?.indexOf(text) ?? 0;
  return group && entry(group, group[3].slice(start, start + text.length - 2));
}

/** The Hugging Face id of a ModelScope id whose name differs from it. */
export function huggingFaceId(modelScopeId: string): string | undefined {
  return aliases().get(modelScopeId.toLowerCase());
}

/** Every entry of the registries. */
export function registryEntries(): Iterable<RegistryEntry> {
  return entries().values();
}

/** Every id of the registries, as they spell it. */
export function registryIds(): readonly string[] {
  return [...registryEntries()].map(({ id }) => id);
}
