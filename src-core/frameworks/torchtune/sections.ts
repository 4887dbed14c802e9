import type { Document, Entry, MapNode, Mapping, Node } from '../../syntax/document.ts';
import type { Section } from '../framework.ts';
import { findKey } from '../resolve-key.ts';
import type { Scope } from '../schema.ts';
import { component, optimizerScope } from './scopes.ts';
import { componentEntry } from './tree.ts';

/** Parts whose options may be named without saying where they stand: no recipe key has such a name. */
const PLAIN = new Set(['tokenizer', 'optimizer', 'model']);

/** The top level of a config and every component in it. */
export function configSections(
  document: Document,
  unit: Mapping,
  scope: Scope,
): readonly Section[] {
  const base = { file: document.file.path, document, unit, leftover: [] };
  const { text } = document.file;
  const entries = unit.root.entries.filter(
    (entry) => isRead(entry, scope, text) && flattened(entry, scope).length === 0,
  );
  return [
    { ...base, scope, entries, path: [] },
    ...unit.root.entries.flatMap((entry) =>
      parts(entry.value, [entry.key]).flatMap(({ map, path }) => {
        const inner = scopeOf(map, entry.key);
        if (inner === undefined) return [];
        const own = map.entries.filter(
          (one) => !isPasted(one, path) && !/^(?:_component_|\.+)$/.test(one.key),
        );
        const plain = PLAIN.has(entry.key) && path.length === 1;
        return [{ ...base, scope: inner, entries: own, path, ...(plain ? {} : { nested: true }) }];
      }),
    ),
  ];
}

/** A key that the recipe does not read may serve others: `${base_model_path}`. */
function isRead(entry: Entry, scope: Scope, text: string): boolean {
  return findKey(scope, entry.key) !== undefined || !text.includes(`\${${entry.key}`);
}

/** An override of the command line that was pasted into the mapping: `model.lora_rank` in `model`. */
export function isPasted(entry: Entry, path: readonly string[]): boolean {
  return entry.key.startsWith(`${path.join('.')}.`);
}

/** Entries of a mapping that no recipe reads, where it reads `outer_inner` at the top level. */
export function flattened(outer: Entry, scope: Scope): readonly Entry[] {
  if (outer.value.kind !== 'map' || scope.unknown === 'open') return [];
  if (findKey(scope, outer.key) !== undefined) return [];
  return outer.value.entries.filter(
    (one) => findKey(scope, `${outer.key}_${one.key}`) !== undefined,
  );
}

/** A mapping with a `_component_`, and where it stands. */
export interface Part {
  readonly map: MapNode;
  readonly path: readonly string[];
}

/** Every mapping with a `_component_`, outermost first. */
function parts(node: Node, path: readonly string[]): readonly Part[] {
  if (node.kind === 'list')
    return node.items.flatMap((item, index) => parts(item, [...path, String(index)]));
  if (node.kind !== 'map') return [];
  const inner = node.entries.flatMap((entry) => parts(entry.value, [...path, entry.key]));
  return componentEntry(node) === undefined ? inner : [{ map: node, path }, ...inner];
}

/** The parameters of the component that a mapping names, if they are known. */
export function scopeOf(map: MapNode, key: string): Scope | undefined {
  const value = componentEntry(map)?.value;
  return value?.kind === 'scalar' ? componentScope(value.text, key) : undefined;
}

/** The parameters of a component by its dotted path. */
export function componentScope(path: string, key: string): Scope | undefined {
  const found = component(path);
  if (found.kind === 'known') return found.scope;
  return found.kind === 'foreign' && key === 'optimizer' ? optimizerScope(path) : undefined;
}

/** Packages whose parts torchtune's own configs name. */
const LIBRARIES = /^(?:torchtune|torch|torchao|torchdata|torchvision|bitsandbytes|transformers)\./;

/** Whether a component comes from a package of one's own: so may the recipe, and the keys that it reads. */
export function hasOwnParts(root: MapNode): boolean {
  return componentParts(root).some(({ map }) => {
    const value = componentEntry(map)?.value;
    return value?.kind === 'scalar' && /^\w+\./.test(value.text) && !LIBRARIES.test(value.text);
  });
}

/** Every component of a mapping, at any depth. */
export function componentParts(root: MapNode): readonly Part[] {
  return root.entries.flatMap((entry) => parts(entry.value, [entry.key]));
}
