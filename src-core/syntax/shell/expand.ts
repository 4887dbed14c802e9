import type {
  DoubleQuotedChild,
  ParameterExpansionPart,
  Word as ShellWord,
  WordPart,
} from 'unbash';
import { type Span, span } from '../../text/span.ts';
import type { OpaqueNode, Word } from '../document.ts';
import { evaluateArithmetic, evaluateExpr, evaluateWhich } from './arithmetic.ts';
import { type Binding, lookup, type Piece, plainText, type Scope } from './scope.ts';
import { plainWord, splitWords } from './split.ts';

/** The pieces of a word, with the place that the whole word came from if one variable gave it. */
export interface Expansion {
  readonly pieces: readonly Piece[];
  readonly via?: Span;
  /** Set when the word is one array expansion: its words, ready. */
  readonly words?: readonly Word[];
}

/** How a word is read: the variables in force, and the text that spans point into. */
export interface Reading {
  readonly source: string;
  readonly scope: Scope;
  /** Called for `${X:=value}`, which assigns. */
  readonly assign: (name: string, binding: Binding) => void;
  /** Pieces and words that variables may still give in this file: text that doubles itself ends. */
  readonly budget: { left: number };
}

const MAX_DEPTH = 40;
const MAX_PIECES = 4_000;

/** Expands one word of the script into the words that the command would receive. */
export function expandToWords(word: ShellWord, reading: Reading): readonly Word[] {
  const where = span(word.pos, word.end);
  if (word.parts === undefined && reading.budget.left > 0)
    return [plainWord(word.value, where, reading.source)];
  const { pieces, via, words } = expandWord(word, reading);
  const given = words ?? splitWords(pieces, where, reading.source, via);
  if (given.length > 1) reading.budget.left -= given.length;
  if (reading.budget.left > 0) return given;
  return splitWords(opaque(word, 'variable', false).pieces, where, reading.source);
}

/** The pieces of one word, quotes and escapes decoded, known variables put in. */
export function expandWord(word: ShellWord, reading: Reading, depth = 0): Expansion {
  const { parts } = word;
  if (depth > MAX_DEPTH) return opaque(word, 'syntax', false);
  if (parts === undefined) return literal(word.value, span(word.pos, word.end), reading, false);
  return expandParts(parts, reading, false, depth);
}

function expandParts(
  parts: readonly (WordPart | DoubleQuotedChild)[],
  reading: Reading,
  quoted: boolean,
  depth: number,
): Expansion {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return expandPart(first, reading, quoted, depth);
  const pieces: Piece[] = [];
  for (const part of parts) {
    const inner = expandPart(part, reading, quoted, depth);
    if (inner.words === undefined) pieces.push(...inner.pieces);
    else pieces.push(...opaque(part, 'variable', quoted).pieces);
    if (pieces.length > MAX_PIECES) return opaque(part, 'variable', quoted);
  }
  return { pieces };
}

function expandPart(
  part: WordPart | DoubleQuotedChild,
  reading: Reading,
  quoted: boolean,
  depth: number,
): Expansion {
  switch (part.type) {
    case 'Literal':
      return quoted ? doubleQuotedLiteral(part, reading) : literal(part.value, at(part), reading);
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return quotedLiteral(part.value, part, part.type === 'SingleQuoted' ? 1 : 2, reading);
    case 'DoubleQuoted':
    case 'LocaleString':
      if (part.parts.length === 0) return { pieces: [emptyQuoted(part)] };
      return expandParts(part.parts, reading, true, depth + 1);
    case 'SimpleExpansion':
      return useVariable(part.text.slice(1), at(part), reading, quoted);
    case 'ParameterExpansion':
      return expandParameter(part, reading, quoted, depth + 1);
    case 'ArithmeticExpansion': {
      const value = evaluateArithmetic(part.expression, numberOf(reading));
      return computed(part, value, 'expression', quoted);
    }
    case 'CommandExpansion': {
      if (!MAY_BE_KNOWN.test(part.text)) return opaque(part, 'substitution', quoted);
      // `# remark` in backticks runs nothing and leaves nothing.
      if (part.script?.commands.length === 0) return nothing(part, quoted);
      const read = (word: ShellWord) => plainKnown(expandWord(word, reading, depth + 1).pieces);
      const value = evaluateExpr(part.script, read) ?? evaluateWhich(part.script);
      return computed(part, value, 'substitution', quoted);
    }
    case 'ProcessSubstitution':
      return opaque(part, 'substitution', quoted);
    case 'Glob':
    case 'ExtendedGlob':
      return literal(part.text, at(part), reading, quoted);
    case 'BraceExpansion':
      // Braces without a comma or range reach here only when the shell would expand them.
      return opaque(part, 'expression', quoted);
  }
}

/** Substitutions whose script has to be read: comments alone, nothing, or a program that is followed. */
const MAY_BE_KNOWN = /#|^.{0,2}\s*.?$|\b(?:expr|which|command|type)\b|\\/;

function at(part: { readonly pos: number; readonly end: number }): Span {
  return span(part.pos, part.end);
}

function literal(text: string, where: Span, reading: Reading, quoted = false): Expansion {
  const exact = reading.source.slice(where.start, where.end) === text;
  return { pieces: [{ text, span: where, exact, quoted, expanded: false }] };
}

function quotedLiteral(
  text: string,
  part: { readonly pos: number; readonly end: number },
  opening: number,
  reading: Reading,
): Expansion {
  const where = span(Math.min(part.pos + opening, part.end), Math.max(part.end - 1, part.pos));
  if (where.end < where.start || text === '') return { pieces: [{ ...emptyQuoted(part), text }] };
  return literal(text, where, reading, true);
}

function emptyQuoted(part: { readonly pos: number; readonly end: number }): Piece {
  return { text: '', span: at(part), exact: false, quoted: true, expanded: false };
}

/** Cuts text in double quotes at escapes, so that what lies between them keeps its place. */
function doubleQuotedLiteral(part: { pos: number; end: number }, reading: Reading): Expansion {
  const raw = reading.source.slice(part.pos, part.end);
  const pieces: Piece[] = [];
  let from = 0;
  const push = (text: string, start: number, end: number, exact: boolean) => {
    const where = span(part.pos + start, part.pos + end);
    pieces.push({ text, span: where, exact, quoted: true, expanded: false });
  };
  for (const match of raw.matchAll(/\\([\n$`"\\])/g)) {
    if (match.index > from) push(raw.slice(from, match.index), from, match.index, true);
    from = match.index + 2;
    const escaped = match[1] ?? '';
    if (escaped !== '\n') push(escaped, match.index, from, false);
  }
  if (from < raw.length) push(raw.slice(from), from, raw.length, true);
  return { pieces };
}

function opaque(
  part: { readonly pos: number; readonly end: number; readonly text: string },
  why: OpaqueNode['why'],
  quoted: boolean,
): Expansion {
  const piece = { text: part.text, span: at(part), exact: true, quoted, expanded: true };
  return { pieces: [{ ...piece, opaque: why }] };
}

function nothing(part: { readonly pos: number; readonly end: number }, quoted: boolean): Expansion {
  return { pieces: [{ text: '', span: at(part), exact: false, quoted, expanded: true }] };
}

function computed(
  part: { readonly pos: number; readonly end: number; readonly text: string },
  value: number | string | undefined,
  why: OpaqueNode['why'],
  quoted: boolean,
): Expansion {
  if (value === undefined) return opaque(part, why, quoted);
  const piece = { text: String(value), span: at(part), exact: false, quoted, expanded: true };
  return { pieces: [piece] };
}

function numberOf(reading: Reading): (name: string) => string | undefined {
  return (name) => {
    const bound = lookup(reading.scope, name);
    return bound?.kind === 'text' ? plainKnown(bound.pieces) : undefined;
  };
}

function plainKnown(pieces: readonly Piece[]): string | undefined {
  return pieces.some((p) => p.opaque !== undefined) ? undefined : plainText(pieces);
}

function useVariable(name: string, where: Span, reading: Reading, quoted: boolean): Expansion {
  const text = reading.source.slice(where.start, where.end);
  const bound = lookup(reading.scope, name);
  if (bound?.kind === 'array') return useElement(bound.words, 0, where, reading, quoted);
  if (bound?.kind === 'text') {
    reading.budget.left -= bound.pieces.length;
    if (reading.budget.left > 0) return useText(bound.pieces, bound.span, where, quoted);
  }
  const why = bound?.kind === 'unknown' ? bound.why : 'variable';
  return opaque({ pos: where.start, end: where.end, text }, why, quoted);
}

function useText(held: readonly Piece[], heldAt: Span, where: Span, quoted: boolean): Expansion {
  const pieces = held.map((p) => ({
    ...p,
    span: where,
    home: p.home ?? p.span,
    from: p.from ?? heldAt,
    quoted,
    expanded: true,
  }));
  return { pieces, via: heldAt };
}

function useElement(
  words: readonly Word[],
  index: number,
  where: Span,
  reading: Reading,
  quoted: boolean,
): Expansion {
  const word = words[index];
  const text = reading.source.slice(where.start, where.end);
  if (word === undefined || word.value.kind === 'opaque') {
    return opaque({ pos: where.start, end: where.end, text }, 'variable', quoted);
  }
  const base = { text: word.value.text, span: where, exact: word.raw === word.value.text };
  return { pieces: [{ ...base, quoted, expanded: true, home: word.span }], via: word.span };
}

function expandParameter(
  part: ParameterExpansionPart,
  reading: Reading,
  quoted: boolean,
  depth: number,
): Expansion {
  const { operation, parameter, index } = part;
  if (part.prefix !== undefined) return opaque(part, 'expression', quoted);
  if (operation !== undefined) return expandOperation(part, reading, quoted, depth);
  if (index === undefined) return useVariable(parameter, at(part), reading, quoted);
  const bound = lookup(reading.scope, parameter);
  if (bound?.kind !== 'array') return opaque(part, 'variable', quoted);
  if (index.value === '@' || index.value === '*') return { pieces: [], words: bound.words };
  if (!/^\d{1,6}$/.test(index.value)) return opaque(part, 'variable', quoted);
  return useElement(bound.words, Number(index.value), at(part), reading, quoted);
}

/** `${X:-default}`, `${X:=default}`, `${X:+other}` and `${X:?}`; any other operation is opaque. */
function expandOperation(
  part: ParameterExpansionPart,
  reading: Reading,
  quoted: boolean,
  depth: number,
): Expansion {
  const { operation, parameter } = part;
  if (operation?.type !== 'Default') return opaque(part, 'expression', quoted);
  const bound = lookup(reading.scope, parameter);
  const sign = operation.operator.replace(':', '');
  const held: Expansion =
    part.index === undefined
      ? useVariable(parameter, at(part), reading, quoted)
      : expandParameter(
          { ...part, operation: undefined, prefix: undefined },
          reading,
          quoted,
          depth,
        );
  if (bound?.kind === 'unknown') return held;
  const empty = bound?.kind === 'text' && plainText(bound.pieces) === '';
  const given = bound !== undefined && !(empty && operation.operator.startsWith(':'));
  if (sign === '+') {
    return given ? expandWord(operation.operand, reading, depth) : opaque(part, 'variable', quoted);
  }
  if (given || sign === '?') return held;
  return useDefault(part, operation.operand, sign === '=', reading, quoted, depth);
}

function useDefault(
  part: ParameterExpansionPart,
  operand: ShellWord,
  assigns: boolean,
  reading: Reading,
  quoted: boolean,
  depth: number,
): Expansion {
  const inner = expandWord(operand, reading, depth);
  if (inner.words !== undefined) return inner;
  const where = inner.via ?? at(operand);
  if (assigns) {
    reading.assign(part.parameter, { kind: 'text', pieces: inner.pieces, span: where });
  }
  return useText(inner.pieces, where, at(part), quoted);
}
