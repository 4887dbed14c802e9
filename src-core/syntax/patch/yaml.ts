import type { TextEdit } from '../../text/edit.ts';
import { type Span, span } from '../../text/span.ts';
import type { Document, Entry, MapNode, Mapping, Node } from '../document.ts';
import { indentAt, lineStart, newlineOf, nextLine, startsLine } from './lines.ts';
import { literal, quoteOf, type Written } from './literal.ts';
import { appendItem, removeItem } from './separated.ts';

/** Sets a value; a block list or mapping below its key becomes one line. */
export function setYaml(doc: Document, entry: Entry, value: Written): readonly TextEdit[] {
  const { text } = doc.file;
  const { span: where, kind } = entry.value;
  const raw = text.slice(where.start, where.end);
  const written = literal('yaml', value, kind === 'scalar' ? quoteOf(raw) : undefined);
  if (kind === 'absent') {
    const colon =
      text[where.start - 1] === ':'
        ? ''
        : /^[ \t]*$/.test(raw) && text.slice(entry.keySpan.end, where.start).includes(':')
          ? ''
          : ':';
    return [{ span: where, text: `${colon} ${written}` }];
  }
  const between = text.slice(entry.keySpan.end, where.start);
  const colon = between.indexOf(':');
  if (!between.includes('\n') || colon < 0) return [{ span: where, text: written }];
  return [{ span: span(entry.keySpan.end + colon + 1, where.end), text: ` ${written}` }];
}

/** Renames a key, quotes kept. */
export function renameQuoted(doc: Document, entry: Entry, key: string): readonly TextEdit[] {
  const { start, end } = entry.keySpan;
  const quote = quoteOf(doc.file.text.slice(start, end)) ?? '';
  return [{ span: entry.keySpan, text: `${quote}${key}${quote}` }];
}

/** Takes an entry out with its line and the comment behind it. */
export function removeYaml(doc: Document, unit: Mapping, entry: Entry): readonly TextEdit[] {
  const { text } = doc.file;
  const owner = ownerOf(unit.root, entry);
  if (owner !== undefined && text[owner.span.start] === '{') {
    return removeItem({ text, comments: doc.comments }, entry.span);
  }
  if (startsLine(text, entry.span.start)) {
    const where = span(lineStart(text, entry.span.start), nextLine(text, entry.span.end));
    return [{ span: where, text: '' }];
  }
  // The first key behind `- `: the next key of the same item takes its place.
  const next = owner?.entries.find((e) => e.span.start > entry.span.end);
  return next === undefined ? [] : [{ span: span(entry.span.start, next.span.start), text: '' }];
}

function ownerOf(root: Node, entry: Entry): MapNode | undefined {
  if (root.kind === 'list') {
    for (const item of root.items) {
      const found = ownerOf(item, entry);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (root.kind !== 'map') return undefined;
  for (const own of root.entries) {
    if (own.keySpan.start === entry.keySpan.start) return root;
    const found = holds(own.value.span, entry.span) ? ownerOf(own.value, entry) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function holds(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

/** Adds `path: value`, mappings on the way that are missing included; `after` names a sibling. */
export function addYaml(
  doc: Document,
  unit: Mapping,
  path: readonly string[],
  value: Written | undefined,
  after?: Entry,
): readonly TextEdit[] {
  let owner = unit.root;
  for (let depth = 0; depth < path.length; depth++) {
    const key = path[depth];
    const held = owner.entries.filter((e) => e.key === key).at(-1);
    const left = path.slice(depth);
    if (held === undefined) return insertInto(doc, unit, owner, left, value, after);
    if (held.value.kind === 'map' && left.length > 1) owner = held.value;
    else if (left.length === 1) return value === undefined ? [] : setYaml(doc, held, value);
    else if (held.value.kind === 'absent') return fillAbsent(doc, held, left.slice(1), value);
    else return [];
  }
  return [];
}

function insertInto(
  doc: Document,
  unit: Mapping,
  owner: MapNode,
  path: readonly string[],
  value: Written | undefined,
  after: Entry | undefined,
): readonly TextEdit[] {
  const { text } = doc.file;
  const { entries } = owner;
  if (text[owner.span.start] === '{') {
    return appendItem({ text, comments: doc.comments }, owner.span, flowEntry(path, value));
  }
  // Merged entries stand at their anchor: only the mapping's own ones give the place.
  const own = entries.filter((e) => holds(owner.span, e.span));
  const sibling = own.find((e) => e.keySpan.start === after?.keySpan.start) ?? own.at(-1);
  if (sibling === undefined) return atEnd(text, unit, blockLines(path, value, '', text));
  const start = sibling.keySpan.start;
  const column = start - lineStart(text, start);
  const indent = startsLine(text, start) ? indentAt(text, start) : ' '.repeat(column);
  const lines = blockLines(path, value, indent, text);
  return [lineBelow(text, Math.max(sibling.span.end, start), lines)];
}

function atEnd(text: string, unit: Mapping, lines: string): readonly TextEdit[] {
  const at = Math.min(unit.span.end, text.length);
  const lead = at > 0 && text[at - 1] !== '\n' ? newlineOf(text) : '';
  return [{ span: span(at, at), text: `${lead}${lines}${newlineOf(text)}` }];
}

function fillAbsent(
  doc: Document,
  held: Entry,
  path: readonly string[],
  value: Written | undefined,
): readonly TextEdit[] {
  const { text } = doc.file;
  const indent = `${indentAt(text, held.keySpan.start)}  `;
  return [lineBelow(text, held.value.span.end, blockLines(path, value, indent, text))];
}

/** Inserts lines below the line of `at`, so that this line can be deleted by another edit. */
function lineBelow(text: string, at: number, lines: string): TextEdit {
  const below = nextLine(text, at);
  const ended = text[below - 1] === '\n' && below > at;
  const added = ended ? lines + newlineOf(text) : newlineOf(text) + lines;
  return { span: span(below, below), text: added };
}

function blockLines(
  path: readonly string[],
  value: Written | undefined,
  indent: string,
  text: string,
): string {
  return path
    .map((key, depth) => {
      const last = depth === path.length - 1;
      const shown = last && value !== undefined ? ` ${literal('yaml', value)}` : '';
      return `${indent}${'  '.repeat(depth)}${literal('yaml', key)}:${shown}`;
    })
    .join(newlineOf(text));
}

function flowEntry([key = '', ...rest]: readonly string[], value: Written | undefined): string {
  const name = literal('yaml', key);
  if (rest.length > 0) return `${name}: {${flowEntry(rest, value)}}`;
  return `${name}: ${value === undefined ? '' : literal('yaml', value)}`;
}
