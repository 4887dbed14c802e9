import type { SyntaxNode } from '@lezer/common';
import { span } from '../../text/span.ts';
import type { Entry, Node, ScalarNode } from '../document.ts';
import type { Argument } from './arguments.ts';
import { calleeName } from './callee.ts';
import { argumentNode, type CommandLine } from './command-line.ts';
import { childrenOf, groupByComma, type Names } from './constants.ts';
import { isAskedFor } from './guard.ts';
import { decodeString, dottedNumber, operate } from './literals.ts';
import { merged, type Spread, spreadInto } from './merged.ts';

/** What reading an expression needs; `budget` bounds the nodes that variables multiply. */
export interface Reader {
  readonly text: string;
  readonly names: Names;
  /** What the program takes on its command line. */
  readonly line?: CommandLine | undefined;
  readonly budget: { left: number };
}

/** The arguments of a call, or the entries of a dictionary. */
export interface Arguments {
  readonly positional: readonly Node[];
  readonly entries: readonly Entry[];
  /** `true` when `**something` could not be read. */
  readonly open: boolean;
}

const MAX_DEPTH = 60;
/** What the grammar makes of `1.` and `1.e-5`. */
const DOTTED = new Set(['MemberExpression', 'BinaryExpression']);
const MODULES = new Set(['torch', 'np', 'numpy', 'jnp', 'tf', 'mx']);

/** Reads an expression as far as it is written out: literals, containers, calls, constants. */
export function readValue(node: SyntaxNode, reader: Reader, depth = 0): Node {
  if (depth > MAX_DEPTH || reader.budget.left-- <= 0) return expression(node, reader);
  const dotted = DOTTED.has(node.name) ? dottedNumber(sliceOf(node, reader), node.from) : undefined;
  if (dotted !== undefined) return dotted;
  switch (node.name) {
    case 'Number':
    case 'Boolean':
    case 'None':
      return literal(node, reader);
    case 'String':
    case 'ContinuedString':
      return readString(node, reader);
    case 'UnaryExpression':
    case 'BinaryExpression':
      return readNumber(node, reader, depth);
    case 'ParenthesizedExpression':
      return readParenthesized(node, reader, depth);
    case 'ArrayExpression':
    case 'TupleExpression':
    case 'SetExpression': {
      const items = childrenOf(node).filter((c) => !/^[()[\]{},]$|^Comment$/.test(c.name));
      return {
        kind: 'list',
        span: span(node.from, node.to),
        items: items.map((item) => readValue(item, reader, depth + 1)),
      };
    }
    case 'DictionaryExpression': {
      const { entries, open } = readDictionary(node, reader, depth);
      return open
        ? expression(node, reader)
        : { kind: 'map', span: span(node.from, node.to), entries };
    }
    case 'CallExpression':
      return readCallValue(node, reader, depth);
    case 'MemberExpression':
      return readMember(node, reader, depth);
    case 'VariableName':
      return readVariable(node, reader, depth);
    default:
      return expression(node, reader);
  }
}

function sliceOf(node: SyntaxNode, reader: Reader): string {
  return reader.text.slice(node.from, node.to);
}

function expression(node: SyntaxNode, reader: Reader): Node {
  const why = node.name === 'FormatString' ? 'interpolation' : 'expression';
  const text = sliceOf(node, reader);
  const shown = node.type.isError ? 'syntax' : why;
  return { kind: 'opaque', span: span(node.from, node.to), text, why: shown };
}

function scalar(node: SyntaxNode, text: string, value: ScalarNode['value'], quoted = false): Node {
  return { kind: 'scalar', span: span(node.from, node.to), text, value, quoted };
}

function literal(node: SyntaxNode, reader: Reader): Node {
  const raw = sliceOf(node, reader);
  if (node.name === 'None') return scalar(node, raw, null);
  if (node.name === 'Boolean') return scalar(node, raw, raw === 'True');
  const value = Number(raw.replaceAll('_', ''));
  return Number.isNaN(value) ? expression(node, reader) : scalar(node, raw, value);
}

function readString(node: SyntaxNode, reader: Reader): Node {
  const parts = node.name === 'String' ? [node] : childrenOf(node);
  let text = '';
  for (const part of parts) {
    if (part.name === 'Comment') continue;
    const decoded = part.name === 'String' ? decodeString(sliceOf(part, reader)) : undefined;
    if (decoded === undefined) return expression(node, reader);
    text += decoded;
  }
  return scalar(node, text, text, true);
}

/** `-1e-5`, `2 * 1024`, `2**20`; anything else with an operator is an expression. */
function readNumber(node: SyntaxNode, reader: Reader, depth: number): Node {
  const children = childrenOf(node).filter((c) => c.name !== 'Comment');
  const [first, second, third] = children;
  const known = (at: SyntaxNode | undefined) => {
    const value = at === undefined ? undefined : readValue(at, reader, depth + 1);
    return value?.kind === 'scalar' && typeof value.value === 'number' ? value.value : undefined;
  };
  if (children.length === 2 && first !== undefined && second !== undefined) {
    const value = known(second);
    const minus = sliceOf(first, reader) === '-';
    return minus && value !== undefined
      ? scalar(node, sliceOf(node, reader), -value)
      : expression(node, reader);
  }
  const left = known(first);
  const right = known(third);
  if (children.length !== 3 || second === undefined || left === undefined || right === undefined) {
    return expression(node, reader);
  }
  const value = operate(left, sliceOf(second, reader), right);
  return value === undefined ? expression(node, reader) : scalar(node, String(value), value);
}

function readParenthesized(node: SyntaxNode, reader: Reader, depth: number): Node {
  const inner = childrenOf(node).find((c) => !/^[()]$|^Comment$/.test(c.name));
  return inner === undefined ? expression(node, reader) : readValue(inner, reader, depth + 1);
}

/** `torch.bfloat16` and `TaskType.CAUSAL_LM` are constants by their look; `args.lr` is not. */
function readMember(node: SyntaxNode, reader: Reader, depth: number): Node {
  const text = sliceOf(node, reader).replace(/\s+/g, '');
  const names = text.split('.');
  const argument =
    names.length === 2 && reader.line?.arguments.attribute(names[0] ?? '', names[1] ?? '', node);
  if (argument) return readArgument(argument, node, reader, depth) ?? expression(node, reader);
  if (!names.every((n) => /^[A-Za-z_]\w*$/.test(n))) return expression(node, reader);
  const owner = names.at(-2) ?? '';
  const last = names.at(-1) ?? '';
  const ofModule = MODULES.has(names[0] ?? '') && names.length === 2;
  const ofEnum = /^[A-Z]/.test(owner) && /^[A-Z][A-Z0-9_]*$/.test(last);
  const known = ofModule || (ofEnum && !reader.names.isClass(owner));
  return known ? scalar(node, text, text) : expression(node, reader);
}

function readArgument(
  argument: Argument,
  use: SyntaxNode,
  reader: Reader,
  depth: number,
): Node | undefined {
  const { fallback, home } = argument;
  const own = home === undefined ? reader : { ...home, budget: reader.budget };
  const said = fallback && readValue(fallback, own, depth + 8);
  const node = argumentNode(argument, span(use.from, use.to), said, reader.line?.flags);
  // A default of 0 or '' is not what is used behind a test of the argument.
  const isEmpty = node?.kind === 'scalar' && node.argument?.is === 'default' && !node.value;
  return isEmpty && isAskedFor(use, reader.text) ? undefined : node;
}

function readVariable(node: SyntaxNode, reader: Reader, depth: number): Node {
  const name = sliceOf(node, reader);
  const held = reader.names.valueOf(name, node.from);
  const unknown: Node = {
    kind: 'opaque',
    span: span(node.from, node.to),
    text: name,
    why: 'variable',
  };
  if (held === undefined) {
    const argument = reader.line?.arguments.parameter(name, node);
    const once = argument && reader.names.isBoundOnce(name);
    return (once && readArgument(argument, node, reader, depth)) || unknown;
  }
  if (reader.names.isMutated(name)) return unknown;
  const value = readValue(held, reader, depth + 8);
  const where = span(node.from, node.to);
  if (value.kind === 'opaque' || value.kind === 'absent') return unknown;
  return value.kind === 'scalar'
    ? { ...value, span: where, via: value.via ?? value.span }
    : { ...value, span: where };
}

function readCallValue(node: SyntaxNode, reader: Reader, depth: number): Node {
  const callee = node.firstChild;
  const list = node.getChild('ArgList');
  if (callee === null || list === null) return expression(node, reader);
  const name = calleeName(callee, reader.text);
  if (name === undefined) return expression(node, reader);
  const { positional, entries, open } = readArguments(list, reader, depth + 1);
  const [first, second] = positional;
  if (name === 'getattr' && first?.kind === 'opaque' && first.text === 'torch') {
    const dtype = second?.kind === 'scalar' ? `torch.${second.text}` : undefined;
    if (dtype !== undefined) return scalar(node, dtype, dtype);
  }
  const where = span(node.from, node.to);
  if (name === 'dict') {
    return open || positional.length > 0
      ? expression(node, reader)
      : { kind: 'map', span: where, entries };
  }
  return /^[A-Z]/.test(name)
    ? { kind: 'map', span: where, entries, callee: name }
    : expression(node, reader);
}

/** Reads what stands between the parentheses of a call. */
export function readArguments(list: SyntaxNode, reader: Reader, depth = 0): Arguments {
  const positional: Node[] = [];
  const entries: Entry[] = [];
  const spread: Spread = new Map();
  let open = false;
  for (const group of groupByComma(list)) {
    const [first, second, third] = group;
    if (first === undefined) continue;
    if (first.name === '**') {
      const inner = second === undefined ? undefined : readValue(second, reader, depth + 1);
      if (inner?.kind === 'map') spreadInto(entries, spread, inner);
      else open = true;
    } else if (first.name === '*') {
      positional.push(
        second === undefined ? expression(first, reader) : expression(second, reader),
      );
    } else if (first.name === 'VariableName' && second?.name === 'AssignOp') {
      entries.push(keyword(first, second, third, reader, depth));
    } else if (!first.type.isError) {
      positional.push(
        group.length === 1 ? readValue(first, reader, depth + 1) : expression(first, reader),
      );
    }
  }
  return { positional, entries: merged(entries, spread), open };
}

function keyword(
  key: SyntaxNode,
  equals: SyntaxNode,
  given: SyntaxNode | undefined,
  reader: Reader,
  depth: number,
): Entry {
  const keySpan = span(key.from, key.to);
  const value: Node =
    given === undefined || given.type.isError
      ? { kind: 'absent', span: span(equals.to, equals.to) }
      : readValue(given, reader, depth + 1);
  return entryOf(sliceOf(key, reader), keySpan, value, writtenEnd(given, reader));
}

/** An entry that ends with its value, parentheses around it included. */
function entryOf(key: string, keySpan: Entry['keySpan'], value: Node, end: number): Entry {
  const last = Math.max(keySpan.end, value.span.end, end);
  return { key, keySpan, value, span: span(keySpan.start, last) };
}

function writtenEnd(node: SyntaxNode | undefined, reader: Reader): number {
  return node === undefined ? 0 : node.from + sliceOf(node, reader).trimEnd().length;
}

function readDictionary(node: SyntaxNode, reader: Reader, depth: number): Arguments {
  const entries: Entry[] = [];
  const spread: Spread = new Map();
  let open = false;
  for (const group of groupByComma(node)) {
    const [first, second, third] = group;
    if (first === undefined || first.type.isError) continue;
    if (first.name === '**') {
      const inner = second === undefined ? undefined : readValue(second, reader, depth + 1);
      if (inner?.kind === 'map') spreadInto(entries, spread, inner);
      else open = true;
      continue;
    }
    const key = readValue(first, reader, depth + 1);
    if (key.kind !== 'scalar') {
      open = true;
      continue;
    }
    const absent = { kind: 'absent', span: span(first.to, first.to) } as const;
    const given = second?.name === ':' ? third : undefined;
    const value =
      given === undefined || given.type.isError ? absent : readValue(given, reader, depth + 1);
    const keySpan = span(first.from, first.to);
    entries.push(entryOf(key.text, keySpan, value, writtenEnd(given, reader)));
  }
  return { positional: [], entries: merged(entries, spread), open };
}
