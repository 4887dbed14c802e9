import { byDefault, type Sourced, UNKNOWN, type Unknown, written } from '../../run/sourced.ts';
import type { Entry, MapNode, Node } from '../../syntax/document.ts';
import { asBool, asInt, asNumber, asText } from '../convert.ts';
import type { Recognized } from '../framework.ts';
import { isPlaceholder, unfilled } from '../placeholder.ts';
import { GIVEN } from '../unseen.ts';

/** Where a value of the merged config is written. */
export interface Place {
  readonly node: Node;
  readonly entry: Entry;
  readonly file: string;
}

/** One source of a config: the mapping of a file, or the overrides of a command. */
export interface Source {
  readonly file: string;
  readonly entries: readonly Entry[];
  /** Overrides name nested keys by dots. */
  readonly dotted: boolean;
}

const OUT_OF_SIGHT: Place = {
  node: GIVEN,
  entry: { key: '', keySpan: GIVEN.span, value: GIVEN, span: GIVEN.span },
  file: '',
};

/**
 * A config with its overrides and interpolations as OmegaConf merges them. Paths are dotted; the
 * last source that has one decides.
 */
export class Tree {
  constructor(
    readonly sources: readonly Source[],
    private readonly absent?: Place,
  ) {}

  /** The place that decides a path; a value `${other.path}` is followed. */
  find(path: string, depth = 0): Place | undefined {
    for (const source of this.sources.toReversed()) {
      const found = source.dotted ? override(source, path) : descend(source, path);
      if (found === undefined) continue;
      const target = /^\$\{([\w.]+)\}$/.exec(textOf(found.node))?.[1];
      if (target === undefined || depth > 8) return found;
      const followed = this.find(target, depth + 1);
      return followed === undefined ? found : { ...found, node: followed.node };
    }
    return this.absent;
  }

  /** Whether a path is written with a value that is not null. */
  set(path: string): boolean {
    const node = this.find(path)?.node;
    if (node === undefined || node.kind === 'absent') return false;
    return !(node.kind === 'scalar' && (node.value === null || /^(?:null|None)$/.test(node.text)));
  }

  text(path: string, fallback?: string): Sourced<string> {
    return this.read(path, asText, fallback);
  }

  bool(path: string, fallback?: boolean): Sourced<boolean> {
    return this.read(path, (node) => (node.kind === 'absent' ? UNKNOWN : asBool(node)), fallback);
  }

  int(path: string, fallback?: number): Sourced<number> {
    return this.read(path, asInt, fallback);
  }

  float(path: string, fallback?: number): Sourced<number> {
    return this.read(path, asNumber, fallback);
  }

  /** The dotted name of the component at a path; an override may name it without `_component_`. */
  component(path: string): Sourced<string> {
    const node = this.find(path)?.node;
    return node?.kind === 'scalar' ? this.text(path) : this.text(`${path}._component_`);
  }

  private read<T>(path: string, convert: (node: Node) => T | Unknown, fallback?: T): Sourced<T> {
    const place = this.set(path) ? this.find(path) : undefined;
    if (place === undefined)
      return byDefault<T>(fallback === undefined ? UNKNOWN : fallback, "the recipe's default");
    const { node } = place;
    const filled = node.kind === 'scalar' && isPlaceholder(node.text) ? unfilled(node) : node;
    return written(convert(filled), place.file, place.entry, 'recipe');
  }
}

function textOf(node: Node): string {
  return node.kind === 'opaque' || node.kind === 'scalar' ? node.text : '';
}

function override(source: Source, path: string): Place | undefined {
  const entry = source.entries.findLast((one) => one.key === path);
  return entry === undefined ? undefined : { node: entry.value, entry, file: source.file };
}

function descend(source: Source, path: string): Place | undefined {
  let entries = source.entries;
  let found: Entry | undefined;
  for (const part of path.split('.')) {
    found = entries.findLast((entry) => entry.key === part);
    if (found === undefined) return undefined;
    entries = found.value.kind === 'map' ? found.value.entries : [];
  }
  return found === undefined ? undefined : { node: found.value, entry: found, file: source.file };
}

const trees = new WeakMap<Recognized, Tree>();

/** Remembers the tree of a run, from recognising it to judging it. */
export function keepTree(recognized: Recognized, tree: Tree): Recognized {
  trees.set(recognized, tree);
  return recognized;
}

/** The tree of a run that was recognised as torchtune's, in full or not (`unseen`). */
export function treeOf(recognized: Recognized, unseen = false): Tree {
  const tree = trees.get(recognized) ?? new Tree([]);
  return unseen ? new Tree(tree.sources, OUT_OF_SIGHT) : tree;
}

/** The text of `_component_` in a mapping, with its entry. */
export function componentEntry(map: MapNode): Entry | undefined {
  return map.entries.findLast((entry) => entry.key === '_component_');
}
