import {
  type Alias,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
  type Document as YamlDocument,
  type Scalar as YamlScalar,
} from 'yaml';
import { cover, type Span, span } from '../../text/span.ts';
import type { Entry, MapNode, Node, ScalarNode, SyntaxProblem } from '../document.ts';
import { hasHole } from '../magics.ts';
import { resolvePlain, resolveTagged } from './scalars.ts';

/** How many nodes a document may have after its aliases are put in. */
const MAX_NODES = 200_000;
const MAX_DEPTH = 200;

interface Reader {
  readonly text: string;
  readonly anchors: Map<string, { readonly node: Node; readonly size: number }>;
  readonly problems: SyntaxProblem[];
  /** Nodes counted so far, those behind aliases once for each use. */
  size: number;
}

/** The root mapping of one YAML document, or `undefined` when its root is no mapping. */
export function readDocument(
  document: YamlDocument,
  text: string,
  problems: SyntaxProblem[],
): MapNode | undefined {
  const reader: Reader = { text, anchors: new Map(), problems, size: 0 };
  const { contents } = document;
  if (isMap(contents)) {
    const root = readNode(contents, reader, 0);
    return root.kind === 'map' ? root : undefined;
  }
  if (contents === null) return undefined;
  return isScalar(contents) ? halfTypedRoot(contents, reader) : undefined;
}

/** A document of one half-typed key, such as `model_na`. */
function halfTypedRoot(scalar: YamlScalar, reader: Reader): MapNode | undefined {
  const where = rangeOf(scalar, reader.text);
  const text = reader.text.slice(where.start, where.end);
  if (!/^[A-Za-z_][\w.-]*$/.test(text)) return undefined;
  const end = span(where.end, where.end);
  const value = { kind: 'absent', span: end } as const;
  const entry: Entry = { key: text, keySpan: where, value, span: where };
  return { kind: 'map', span: where, entries: [entry] };
}

function readNode(node: unknown, reader: Reader, depth: number): Node {
  const before = reader.size;
  reader.size++;
  const read = readContent(node, reader, depth);
  if ((isMap(node) || isSeq(node) || isScalar(node)) && typeof node.anchor === 'string') {
    reader.anchors.set(node.anchor, { node: read, size: reader.size - before });
  }
  return read;
}

function readContent(node: unknown, reader: Reader, depth: number): Node {
  if (isAlias(node)) return readAlias(node, reader);
  if (isScalar(node)) return readScalar(node, reader);
  if (!isMap(node) && !isSeq(node)) return { kind: 'absent', span: span(0, 0) };
  if (depth > MAX_DEPTH) return syntaxNode(rangeOf(node, reader.text), reader, 'nested too deeply');
  return isMap(node) ? readMap(node, reader, depth + 1) : readSequence(node, reader, depth + 1);
}

function syntaxNode(where: Span, reader: Reader, message: string): Node {
  reader.problems.push({ span: where, message });
  const text = reader.text.slice(where.start, Math.min(where.end, where.start + 200));
  return { kind: 'opaque', span: where, text, why: 'syntax' };
}

function readScalar(node: YamlScalar, reader: Reader): Node {
  const where = rangeOf(node, reader.text);
  const quoted = node.type !== 'PLAIN';
  const raw = reader.text.slice(where.start, where.end);
  const decoded = typeof node.value === 'string' ? node.value : (node.source ?? '');
  const text = quoted || raw.includes('\n') ? decoded : raw;
  if (text === '' && !quoted) return { kind: 'absent', span: where };
  const template = text.includes('${') || hasHole(text) || (!quoted && text.includes('{{'));
  if (template) return { kind: 'opaque', span: where, text, why: 'interpolation' };
  const value =
    node.tag !== undefined && node.tag !== 'tag:yaml.org,2002:str'
      ? resolveTagged(node.tag, text)
      : quoted || hasStringTag(node, reader)
        ? text
        : resolvePlain(text);
  return { kind: 'scalar', span: where, text, value, quoted };
}

/** `!!str 1` is text; the failsafe schema gives every scalar that tag, so look at the source. */
function hasStringTag(node: YamlScalar, reader: Reader): boolean {
  const start = node.range?.[0] ?? 0;
  return /!!str[ \t]+$/.test(reader.text.slice(Math.max(0, start - 8), start));
}

function readSequence(node: YAMLSeq, reader: Reader, depth: number): Node {
  const items = node.items.map((item) =>
    isPair(item) ? readNode(item.value, reader, depth) : readNode(item, reader, depth),
  );
  return { kind: 'list', span: extent(node, items, reader), items };
}

function readMap(node: YAMLMap, reader: Reader, depth: number): Node {
  const merged: Entry[] = [];
  const entries: Entry[] = [];
  for (const pair of node.items) {
    if (isScalar(pair.key) && pair.key.source === '<<' && pair.key.type === 'PLAIN') {
      merged.push(...mergedEntries(readNode(pair.value, reader, depth)));
    } else {
      entries.push(...readPair(pair, reader, depth));
    }
  }
  // A merged key stands in front, so that the map's own key, which comes later, wins.
  const own = extent(node, entries, reader);
  return { kind: 'map', span: own, entries: [...merged, ...entries] };
}

function mergedEntries(source: Node): readonly Entry[] {
  if (source.kind === 'map') return source.entries;
  if (source.kind !== 'list') return [];
  return [...source.items].reverse().flatMap((i) => (i.kind === 'map' ? i.entries : []));
}

function readPair(pair: Pair, reader: Reader, depth: number): readonly Entry[] {
  const { key } = pair;
  if (!isScalar(key)) return [];
  const whole = rangeOf(key, reader.text);
  const raw = reader.text.slice(whole.start, whole.end);
  const lost = key.type === 'PLAIN' ? halfTypedKeys(raw, whole.start) : [];
  const keyStart = lost.length === 0 ? whole.start : whole.start + raw.lastIndexOf('\n') + 1;
  const indent = /^\s*/.exec(reader.text.slice(keyStart, whole.end))?.[0].length ?? 0;
  const keySpan = lost.length === 0 ? whole : span(keyStart + indent, whole.end);
  const text = typeof key.value === 'string' ? key.value : (key.source ?? '');
  const name = lost.length === 0 ? text : reader.text.slice(keySpan.start, keySpan.end);
  const value =
    pair.value === null || pair.value === undefined
      ? absentAfter(keySpan, reader)
      : placed(readNode(pair.value, reader, depth), keySpan, reader);
  const end = Math.max(value.span.end, keySpan.end);
  return [...lost, { key: name, keySpan, value, span: span(keySpan.start, end) }];
}

/** Lines with a key and no colon, which YAML reads as the start of the next key. */
function halfTypedKeys(raw: string, start: number): Entry[] {
  if (!raw.includes('\n')) return [];
  const entries: Entry[] = [];
  let at = start;
  for (const line of raw.split('\n').slice(0, -1)) {
    const body = line.trim();
    const from = at + line.indexOf(body);
    at += line.length + 1;
    if (body === '' || body.startsWith('#')) continue;
    const keySpan = span(from, from + body.length);
    const value = { kind: 'absent', span: span(keySpan.end, keySpan.end) } as const;
    entries.push({ key: body, keySpan, value, span: keySpan });
  }
  return entries;
}

/** An absent value stands right behind the colon, or behind the key when there is none. */
function absentAfter(keySpan: Span, reader: Reader): Node {
  const colon = /^[ \t]*:/.exec(reader.text.slice(keySpan.end, keySpan.end + 200));
  const at = keySpan.end + (colon?.[0].length ?? 0);
  return { kind: 'absent', span: span(at, at) };
}

function placed(value: Node, keySpan: Span, reader: Reader): Node {
  return value.kind === 'absent' ? absentAfter(keySpan, reader) : value;
}

/** An alias gives what its anchor holds; the text that fixes may change stands at the anchor. */
function readAlias(node: Alias, reader: Reader): Node {
  const where = rangeOf(node, reader.text);
  const target = reader.anchors.get(node.source);
  if (target === undefined) return syntaxNode(where, reader, `unknown alias *${node.source}`);
  reader.size += target.size;
  if (reader.size > MAX_NODES) return syntaxNode(where, reader, 'too many nodes behind aliases');
  const { node: held } = target;
  if (held.kind === 'scalar') return aliasScalar(held, where);
  return held.kind === 'absent' ? { kind: 'absent', span: where } : { ...held, span: where };
}

function aliasScalar(held: ScalarNode, where: Span): ScalarNode {
  return { ...held, span: where, via: held.via ?? held.span };
}

function rangeOf(node: { readonly range?: readonly number[] | null }, text: string): Span {
  const [start = 0, end = start] = node.range ?? [];
  let last = Math.min(end, text.length);
  while (last > start && /\s/.test(text[last - 1] ?? '')) last--;
  return span(Math.min(start, last), last);
}

/** Flow collections reach from bracket to bracket, block ones from the first to the last child. */
function extent(
  node: YAMLMap | YAMLSeq,
  children: readonly { readonly span: Span }[],
  reader: Reader,
): Span {
  const range = rangeOf(node, reader.text);
  if (node.flow === true) return range;
  const last = children.at(-1);
  if (last === undefined) return span(range.start, range.start);
  return cover(span(range.start, range.start), last.span);
}
