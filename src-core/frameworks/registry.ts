import type { Adapter } from './framework.ts';
import { llamafactory } from './llamafactory/adapter.ts';
import { swift } from './swift/adapter.ts';
import { transformers } from './transformers/adapter.ts';
import { trl } from './trl/adapter.ts';

/** Every adapter, the one to believe first when two recognise the same text. */
export const adapters: readonly Adapter[] = [swift, llamafactory, trl, transformers];

/** The adapter of that id; throws `RangeError` for an id that no adapter has. */
export function adapterById(id: string): Adapter {
  const found = adapters.find((adapter) => adapter.id === id);
  if (found === undefined) throw new RangeError(`no adapter ${id}`);
  return found;
}

/** The adapters whose evidence the text holds. */
export function candidates(text: string): readonly Adapter[] {
  return adapters.filter((adapter) => adapter.evidence.every((pattern) => pattern.test(text)));
}
