import { llamaFactoryScope } from './llamafactory/scopes.ts';
import { findKey } from './resolve-key.ts';
import type { Scope } from './schema.ts';
import { swiftScope } from './swift/scopes.ts';

/** Where a key may come from when a user takes one framework's key for another's. */
const PLACES: readonly {
  readonly id: string;
  readonly title: string;
  scope(): Scope | undefined;
}[] = [
  { id: 'swift', title: 'ms-swift', scope: () => swiftScope('rlhf') },
  { id: 'llamafactory', title: 'LLaMA-Factory', scope: llamaFactoryScope },
];

/** Options that well-known forks of a framework add: seeing one is no mix-up with another. */
const FORKED: Readonly<Record<string, readonly string[]>> = {
  // 360-LLaMA-Factory and its descendants
  llamafactory: ['sequence_parallel_size'],
};

/** Another framework that has `key`, by its title. */
export function elsewhere(key: string, own: string): string | undefined {
  const name = key.replaceAll('-', '_');
  if (FORKED[own]?.includes(name)) return undefined;
  return PLACES.find(({ id, scope }) => id !== own && hasKey(scope(), name))?.title;
}

function hasKey(scope: Scope | undefined, name: string): boolean {
  return scope !== undefined && findKey(scope, name) !== undefined;
}
