import type { Document, Entry, MapNode, Mapping, Node } from '../../syntax/document.ts';
import { asText, asTexts } from '../convert.ts';
import type { Section } from '../framework.ts';
import { findKey } from '../resolve-key.ts';
import type { Scope } from '../schema.ts';
import { eitherScope, nestedScope, rootScope } from './scopes.ts';

/** The root of a config and every mapping inside whose keys are known. */
export function configSections(document: Document, unit: Mapping): readonly Section[] {
  const { entries } = unit.root;
  const scope = rootScope(pluginsOf(entries));
  const base = { file: document.file.path, document, unit, leftover: [] };
  const root: Section = { ...base, scope, entries, path: [] };
  return [
    root,
    ...inside(entries, scope, rlOf(entries), []).map((one) => ({ ...base, ...one, nested: true })),
  ];
}

/** The plugins that the entries name. */
export function pluginsOf(entries: readonly Entry[]): readonly string[] {
  const value = entries.findLast((entry) => entry.key === 'plugins')?.value;
  const names = value === undefined ? undefined : asTexts(value);
  return Array.isArray(names) ? names : [];
}

function rlOf(entries: readonly Entry[]): string {
  return textOf(entries.findLast((entry) => entry.key === 'rl')?.value);
}

function textOf(node: Node | undefined): string {
  const text = node === undefined ? undefined : asText(node);
  return typeof text === 'string' ? text : '';
}

type Inner = Pick<Section, 'scope' | 'entries' | 'path'>;

function inside(
  entries: readonly Entry[],
  scope: Scope,
  rl: string,
  path: readonly string[],
): readonly Inner[] {
  return entries.flatMap((entry) => {
    const nested = findKey(scope, entry.key)?.nested;
    if (nested === undefined) return [];
    return mapsOf(entry.value).flatMap(([map, index]) => {
      const inner = scopeOf(entry.key, nested, map, rl);
      if (inner === undefined) return [];
      const own = [...path, entry.key, ...(index === undefined ? [] : [String(index)])];
      const one: Inner = { scope: inner, entries: map.entries, path: own };
      return [one, ...inside(map.entries, inner, rl, own)];
    });
  });
}

function mapsOf(node: Node): readonly (readonly [MapNode, number | undefined])[] {
  if (node.kind === 'map') return [[node, undefined]];
  if (node.kind !== 'list') return [];
  return node.items.flatMap((item, index) => (item.kind === 'map' ? [[item, index] as const] : []));
}

/** Which class reads a mapping: data sets are read by the kind of training. */
function scopeOf(key: string, nested: string, map: MapNode, rl: string): Scope | undefined {
  if (key === 'pretraining_dataset') return eitherScope(['PretrainingDataset', 'SFTDataset']);
  if (key === 'test_datasets') return eitherScope(DATASETS);
  if (key !== 'datasets') return nestedScope(nested);
  if (rl === 'dpo' || rl === 'ipo' || rl === 'simpo') return nestedScope('DPODataset');
  if (rl === 'kto') return nestedScope('KTODataset');
  const type = textOf(map.entries.findLast((entry) => entry.key === 'type')?.value);
  return nestedScope(type === '_synthetic' ? 'SyntheticDataset' : 'SFTDataset');
}

const DATASETS = [
  'SFTDataset',
  'DPODataset',
  'KTODataset',
  'StepwiseSupervisedDataset',
  'SyntheticDataset',
];
