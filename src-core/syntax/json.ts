import {
  createScanner,
  type Node as JsonNode,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser';
import type { SourceFile } from '../text/source-file.ts';
import { span } from '../text/span.ts';
import type { Comment, Document, Entry, Node, SyntaxProblem, Unit } from './document.ts';
import type { Fault } from './fault.ts';
import { jsonFault } from './json-fault.ts';

// Numbers of jsonc-parser's `SyntaxKind`, a const enum that isolated modules cannot import.
const LINE_COMMENT = 12;
const BLOCK_COMMENT = 13;
const END_OF_FILE = 17;

/** Parses JSON; comments and trailing commas are allowed, broken text gives what can be read. */
export function parseJson(file: SourceFile): Document {
  const { text } = file;
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const units: Unit[] = [];
  if (tree !== undefined) {
    const root = readNode(tree, text);
    if (root.kind === 'map') units.push({ kind: 'mapping', span: root.span, root });
  }
  const problems = errors.map((e) => problemOf(e, text.length));
  const fault = loadFault(file);
  return { file, units, problems, comments: jsonComments(text), ...(fault && { fault }) };
}

/** What a loader stops at. A template is filled in before it is loaded; an excerpt is not loaded. */
function loadFault({ path, text }: SourceFile): Fault | undefined {
  if (path.endsWith('.jsonc') || text.includes('{{') || text.includes('{%')) return undefined;
  const fault = jsonFault(text);
  const dots = fault && /^(?:\/\/ ?|# ?)?(?:\.{3}|…)/.test(text.slice(fault.span.start));
  return dots === true ? undefined : fault;
}

function problemOf(error: ParseError, length: number): SyntaxProblem {
  const start = Math.min(error.offset, length);
  const end = Math.min(start + error.length, length);
  const words = printParseErrorCode(error.error).replace(/([a-z])([A-Z])/g, '$1 $2');
  return { span: span(start, end), message: words.toLowerCase() };
}

function readNode(node: JsonNode, text: string): Node {
  const where = span(node.offset, Math.min(node.offset + node.length, text.length));
  switch (node.type) {
    case 'object': {
      const entries = (node.children ?? []).flatMap((child) => readProperty(child, text));
      return { kind: 'map', span: where, entries };
    }
    case 'array': {
      const items = (node.children ?? []).map((child) => readNode(child, text));
      return { kind: 'list', span: where, items };
    }
    case 'string': {
      const value = String(node.value);
      return { kind: 'scalar', span: where, text: value, value, quoted: true };
    }
    default:
      return readLiteral(node.value, text.slice(where.start, where.end), where);
  }
}

function readLiteral(value: unknown, raw: string, where: Entry['span']): Node {
  const known = typeof value === 'number' || typeof value === 'boolean' || value === null;
  if (!known) return { kind: 'opaque', span: where, text: raw, why: 'syntax' };
  return { kind: 'scalar', span: where, text: raw, value, quoted: false };
}

function readProperty(node: JsonNode, text: string): readonly Entry[] {
  const [key, value] = node.children ?? [];
  if (key === undefined) return [];
  const keySpan = span(key.offset, Math.min(key.offset + key.length, text.length));
  if (value !== undefined && !isKey(value, text)) {
    const read = readNode(value, text);
    const whole = span(keySpan.start, Math.max(keySpan.end, read.span.end));
    return [{ key: String(key.value), keySpan, value: read, span: whole }];
  }
  const colon = /^\s*:/.exec(text.slice(keySpan.end, keySpan.end + 200));
  const at = keySpan.end + (colon?.[0].length ?? 0);
  // A value that is still to be written: no loader takes that for nothing.
  const open = { kind: 'opaque', span: span(at, at), text: '', why: 'syntax' } as const;
  return [{ key: String(key.value), keySpan, value: open, span: span(keySpan.start, at) }];
}

/** Whether what stands where a value should is the next key: the value before it is missing. */
function isKey({ type, offset, length }: JsonNode, text: string): boolean {
  const end = offset + length;
  return type === 'string' && /^\s*:/.test(text.slice(end, end + 200));
}

function jsonComments(text: string): Comment[] {
  if (!text.includes('//') && !text.includes('/*')) return [];
  const comments: Comment[] = [];
  const scanner = createScanner(text, false);
  for (let kind: number = scanner.scan(); kind !== END_OF_FILE; kind = scanner.scan()) {
    if (kind !== LINE_COMMENT && kind !== BLOCK_COMMENT) continue;
    const start = scanner.getTokenOffset();
    const raw = text.slice(start, start + scanner.getTokenLength());
    const body = kind === LINE_COMMENT ? raw.slice(2) : raw.slice(2).replace(/\*\/$/, '');
    comments.push({ span: span(start, start + raw.length), text: body });
  }
  return comments;
}
