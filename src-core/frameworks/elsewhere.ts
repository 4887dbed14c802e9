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

/** Another framework that has `key`, by its title. */
export function elsewhere(key: string, own: string): string | undefined {
  const name = key.replaceAll('-', '_');
  return PLACES.find(({ id, scope }) => id !== own && hasKey(scope(), name))?.title;
}

function hasKey(scope: Scope | undefined, name: string): boolean {
  return scope !== undefined && findKey(scope, name) !== undefined;
}
