import type { Assignment } from 'unbash';
import { type Span, span } from '../../text/span.ts';
import type { Entry, Node } from '../document.ts';
import { expandWord, type Reading } from './expand.ts';
import {
  type Binding,
  type Exported,
  exported,
  lookup,
  type Piece,
  plainText,
  type Scope,
} from './scope.ts';

const MAX_EXPORTS = 100;

/** The exported variables in force, as entries that stand where they were exported. */
export function exportedEntries(scope: Scope, source: string): Entry[] {
  const entries: Entry[] = [];
  for (const one of exported(scope).values()) {
    if (entries.length >= MAX_EXPORTS) break;
    entries.push(exportedEntry(one, lookup(scope, one.name), source));
  }
  return entries;
}

/** The last entry of each export: every command has those before it, most with the same values. */
const made = new WeakMap<
  Exported,
  { readonly bound: Binding | undefined; readonly entry: Entry }
>();

function exportedEntry(one: Exported, bound: Binding | undefined, source: string): Entry {
  const last = made.get(one);
  if (last !== undefined && last.bound === bound) return last.entry;
  const { name, nameSpan, span: whole } = one;
  const written = source[nameSpan.end] === '=' ? span(nameSpan.end + 1, whole.end) : nameSpan;
  const value = valueNode(bound, written, source);
  const entry = { key: name, keySpan: nameSpan, value, span: whole };
  made.set(one, { bound, entry });
  return entry;
}

/** `NAME=value` in front of a command. */
export function envEntry(assignment: Assignment, reading: Reading): Entry {
  const { name, pos, end, value } = assignment;
  const nameSpan = span(pos, pos + name.length);
  const whole = span(pos, end);
  const where = span(value.pos, value.end);
  const bound: Binding =
    value.type === 'ArrayValue' || assignment.append === true
      ? { kind: 'unknown', why: 'expression' }
      : textBinding(expandWord(value, reading).pieces, where);
  return {
    key: name,
    keySpan: nameSpan,
    value: valueNode(bound, where, reading.source),
    span: whole,
  };
}

function textBinding(pieces: readonly Piece[], where: Span): Binding {
  return { kind: 'text', pieces, span: where };
}

function valueNode(bound: Binding | undefined, where: Span, source: string): Node {
  const raw = source.slice(where.start, where.end);
  if (bound?.kind !== 'text') {
    const why = bound?.kind === 'unknown' ? bound.why : 'variable';
    return { kind: 'opaque', span: where, text: raw, why };
  }
  const odd = bound.pieces.find((p) => p.opaque !== undefined);
  if (odd?.opaque !== undefined) return { kind: 'opaque', span: where, text: raw, why: odd.opaque };
  const text = plainText(bound.pieces);
  const quoted = bound.pieces.some((p) => p.quoted);
  const scalar = { kind: 'scalar', span: where, text, value: text, quoted } as const;
  const same = bound.span.start === where.start && bound.span.end === where.end;
  return same ? scalar : { ...scalar, via: bound.span };
}
