import { flagEntries } from '../../src-core/syntax/argv.ts';
import type { Document, Entry, Node, Unit } from '../../src-core/syntax/document.ts';
import { parseDocument } from '../../src-core/syntax/parse.ts';
import type { Language } from '../../src-core/text/source-file.ts';
import type { Span } from '../../src-core/text/span.ts';

/** Parses text of a language. */
export function parse(language: Language, text: string): Document {
  return parseDocument({ path: `x.${language}`, text, language });
}

/** The entries of a unit; flags of a command. */
export function entriesOf(unit: Unit | undefined): readonly Entry[] {
  if (unit === undefined) return [];
  if (unit.kind === 'mapping') return unit.root.entries;
  return unit.kind === 'command' ? flagEntries(unit.words, 'gnu').entries : unit.entries;
}

/** A node as plain data: scalars by their text, unknown ones as `?text`. */
export function show(node: Node): unknown {
  switch (node.kind) {
    case 'scalar':
      return node.text;
    case 'opaque':
      return `?${node.text}`;
    case 'absent':
      return undefined;
    case 'list':
      return node.items.map(show);
    case 'map':
      return showEntries(node.entries);
  }
}

/** Entries as plain pairs. */
export function showEntries(entries: readonly Entry[]): unknown[] {
  return entries.map((e) => [e.key, show(e.value)]);
}

/** The flags of the command of that index, or the entries of that unit. */
export function shown(language: Language, text: string, index = 0): unknown[] {
  return showEntries(entriesOf(parse(language, text).units[index]));
}

/** The first entry with a key, at any depth; throws when there is none. */
export function find(doc: Document, key: string): { readonly unit: Unit; readonly entry: Entry } {
  for (const unit of doc.units) {
    const entry = search(entriesOf(unit), key);
    if (entry !== undefined) return { unit, entry };
  }
  throw new Error(`no entry ${key}`);
}

function search(entries: readonly Entry[], key: string): Entry | undefined {
  for (const entry of entries) {
    if (entry.key === key) return entry;
    const inner = entry.value.kind === 'map' ? search(entry.value.entries, key) : undefined;
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** Every span in a document. */
export function allSpans(doc: Document): Span[] {
  const spans: Span[] = [];
  const stack: unknown[] = [doc.units, doc.problems, doc.comments];
  const seen = new Set<unknown>();
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if (typeof top !== 'object' || top === null || seen.has(top)) continue;
    seen.add(top);
    if ('start' in top && typeof top.start === 'number' && 'end' in top) {
      spans.push({ start: top.start, end: Number(top.end) });
    } else stack.push(...Object.values(top).filter((v) => v !== undefined));
  }
  return spans;
}
