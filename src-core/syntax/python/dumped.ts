import type { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';
import { type Span, span } from '../../text/span.ts';
import { hasHole, magicViews } from '../magics.ts';
import { childrenOf, groupByComma } from './constants.ts';
import { decodeString } from './literals.ts';

/** A mapping that a program writes into a file, as the file has it. */
export interface Dumped {
  readonly path: string;
  readonly text: string;
  /** Where the mapping stands in the program. */
  readonly span: Span;
  /** The place in the program of a place in the text. */
  toProgram(place: Span): Span;
}

const DUMP = /\b(?:json|yaml)\.(?:safe_)?dump\(\s*([A-Za-z_]\w*)\s*,\s*/;
const OPEN = /^open\(\s*["']([^"'\n]+)["']/;
const NAMED = /^([A-Za-z_]\w*)/;

/** What `json.dump(args, open("a.json", "w"))` and its like write, of mappings that are given their values once. */
export function dumpedFiles(source: string): readonly Dumped[] {
  if (!DUMP.test(source)) return [];
  const text = magicViews(source).python;
  const dumps = [...text.matchAll(new RegExp(DUMP, 'g'))].flatMap((match) => {
    const rest = text.slice(match.index + match[0].length);
    const path =
      OPEN.exec(rest)?.[1] ?? openedAs(NAMED.exec(rest)?.[1], text.slice(0, match.index));
    return path === undefined ? [] : [{ name: match[1] ?? '', path }];
  });
  if (dumps.length === 0) return [];
  const values = mappingsIn(text);
  return dumps.flatMap(({ name, path }) => {
    const node = values.get(name);
    const isChanged = new RegExp(
      `\\b${name}(?:\\[|\\s*\\||\\.(?:update|pop|setdefault|clear)\\b)`,
    ).test(text);
    const file =
      node === undefined || isChanged ? undefined : fileOf(node, text, path.endsWith('.json'));
    return file === undefined ? [] : [{ path, ...file }];
  });
}

/** The path that was opened last under the name: `with open("a.yaml", "w") as f`. */
function openedAs(name: string | undefined, before: string): string | undefined {
  if (name === undefined) return undefined;
  const opened = before.matchAll(/\bopen\(\s*["']([^"'\n]+)["'][^()\n]*\)[ \t]+as[ \t]+(\w+)/g);
  return [...opened].findLast(([, , as]) => as === name)?.[1];
}

/** Mappings that are assigned to names, of names with one value. */
function mappingsIn(text: string): ReadonlyMap<string, SyntaxNode> {
  const found = new Map<string, SyntaxNode | undefined>();
  parser.parse(text).iterate({
    enter({ name, node }) {
      if (name !== 'AssignStatement') return;
      const [target, , value, ...more] = childrenOf(node);
      if (target?.name !== 'VariableName') return;
      const key = text.slice(target.from, target.to);
      const isAlone = more.length === 0 && !found.has(key);
      found.set(key, isAlone ? value && bodyOf(value, text) : undefined);
    },
  });
  return new Map([...found].flatMap(([key, node]) => (node ? [[key, node] as const] : [])));
}

/** The brackets of `{…}` or of `dict(…)`. */
function bodyOf(value: SyntaxNode, text: string): SyntaxNode | undefined {
  if (value.name === 'DictionaryExpression') return value;
  const callee = value.name === 'CallExpression' ? value.firstChild : null;
  if (callee === null || text.slice(callee.from, callee.to) !== 'dict') return undefined;
  return value.getChild('ArgList') ?? undefined;
}

/** A stretch of the file, and where it comes from. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly from: Span;
}

/** `undefined` where keys may stand in it that are not seen, and in JSON where a value is not known. */
function fileOf(node: SyntaxNode, text: string, isJson: boolean): Omit<Dumped, 'path'> | undefined {
  const pieces: Piece[] = [];
  let made = '';
  const add = (written: string, { from, to }: SyntaxNode) => {
    pieces.push({ start: made.length, end: made.length + written.length, from: span(from, to) });
    made += written;
  };
  const isMade = (mapping: SyntaxNode): boolean => {
    made += '{';
    for (const [i, group] of groupByComma(mapping).entries()) {
      const [key, sign, value] = group;
      if (key === undefined) continue;
      const isPair = group.length === 3 && /^[:=]$/.test(textOf(sign, text));
      const name = isPair ? nameOf(key, text) : undefined;
      if (value === undefined || name === undefined) return false;
      made += i > 0 ? ',\n' : '\n';
      add(JSON.stringify(name), key);
      made += ': ';
      const inner = bodyOf(value, text);
      if (inner === undefined) add(scalarOf(value, text), value);
      else if (!isMade(inner)) return false;
    }
    made += '\n}';
    return true;
  };
  if (!isMade(node) || pieces.length === 0 || (isJson && hasHole(made))) return undefined;
  const pieceAt = (at: number) => pieces.find(({ end }) => at < end) ?? pieces.at(-1);
  return {
    text: made,
    span: span(node.from, node.to),
    toProgram: ({ start, end }) =>
      span(pieceAt(start)?.from.start ?? 0, pieceAt(Math.max(start, end - 1))?.from.end ?? 0),
  };
}

function textOf(node: SyntaxNode | undefined, text: string): string {
  return node === undefined ? '' : text.slice(node.from, node.to);
}

function nameOf(key: SyntaxNode, text: string): string | undefined {
  const raw = text.slice(key.from, key.to);
  if (key.name === 'VariableName') return key.parent?.name === 'ArgList' ? raw : undefined;
  return key.name === 'String' ? decodeString(raw) : undefined;
}

const WORDS: Readonly<Record<string, string>> = { True: 'true', False: 'false', None: 'null' };

/** A value as JSON; what is not known is a hole. */
function scalarOf(node: SyntaxNode, text: string): string {
  const raw = text.slice(node.from, node.to);
  if (WORDS[raw] !== undefined) return WORDS[raw];
  if (/^-?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(raw)) return JSON.stringify(Number(raw));
  const string = node.name === 'String' ? decodeString(raw) : undefined;
  if (string !== undefined) return JSON.stringify(string);
  if (node.name !== 'ArrayExpression') return '$__';
  const items = groupByComma(node).filter((group) => group.length > 0);
  return `[${items.map(([only, ...more]) => (only && more.length === 0 ? scalarOf(only, text) : '$__')).join(', ')}]`;
}
