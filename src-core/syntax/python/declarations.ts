import type { SyntaxNode, SyntaxNodeRef } from '@lezer/common';
import type { Argument } from './arguments.ts';
import { childrenOf } from './constants.ts';
import { decodeString } from './literals.ts';
import { Namespaces } from './namespaces.ts';

/** Arguments by the names of their attributes; null for one that is declared twice. */
export type Declared = Map<string, Argument | null>;

/** What a text declares of arguments, gathered in a walk over its tree. */
export class Declarations {
  /** Of `add_argument`. */
  readonly calls: Declared = new Map();
  /** Of classes with typed fields, by the name of the class. */
  readonly classes = new Map<string, Declared>();
  /** What those build on, as it is written. */
  readonly bases = new Map<string, readonly string[]>();
  /** Parameters of the function that `fire` calls, by name. */
  readonly parameters = new Map<string, Argument>();
  readonly spaces: Namespaces;
  /** The classes that `HfArgumentParser((A, B))` fills in. */
  readonly parsed: ReadonlySet<string>;
  readonly fired: string | undefined;
  main: SyntaxNode | undefined;

  constructor(readonly text: string) {
    this.spaces = new Namespaces(text);
    this.parsed = parsedClasses(text);
    this.fired = /\bfire\.Fire\s*\(\s*(\w+)/.exec(text)?.[1];
  }

  enter({ name, node }: SyntaxNodeRef): void {
    const { text } = this;
    if (name === 'CallExpression') noteCall(node, text, noterOf(this.calls));
    else if (name === 'ClassDefinition') this.noteClass(node);
    else if (name === 'AssignStatement' || name === 'UpdateStatement') this.spaces.assign(node);
    else if (name === 'FunctionDefinition') {
      this.spaces.define(node);
      if (nameOf(node, text) !== this.fired) return;
      this.main = node;
      for (const [key, argument] of parametersOf(node, text)) this.parameters.set(key, argument);
    }
  }

  private noteClass(node: SyntaxNode): void {
    const name = nameOf(node, this.text) ?? '';
    const fields: Declared = this.classes.get(name) ?? new Map();
    this.classes.set(name, fields);
    noteFields(node, this.text, noterOf(fields));
    const bases = childrenOf(node.getChild('ArgList') ?? node).flatMap(
      ({ name: kind, from, to }) => (/^[(),]$|Comment/.test(kind) ? [] : this.text.slice(from, to)),
    );
    if (node.getChild('ArgList') !== null) this.bases.set(name, bases);
  }
}

type Note = (name: string, argument: Argument) => void;

/** What is declared twice may be either. */
export function noterOf(found: Declared): Note {
  return (name, argument) => void found.set(name, found.has(name) ? null : argument);
}

function noteCall(node: SyntaxNode, text: string, note: Note): void {
  const callee = node.firstChild;
  const list = node.getChild('ArgList');
  if (callee?.name !== 'MemberExpression' || list === null) return;
  if (!text.slice(callee.from, callee.to).endsWith('.add_argument')) return;
  const { strings, keywords } = partsOf(list, text);
  const flags = strings.map((flag) => flag.replace(/^-+/, '').replaceAll('-', '_'));
  const long = strings.findIndex((flag) => flag.startsWith('--'));
  const given = keywords.get('dest');
  const name = (given && textOf(given, text)) ?? flags[long < 0 ? 0 : long];
  if (name === undefined || !strings[0]?.startsWith('-')) return;
  const action = textAt(keywords, 'action', text);
  const stores = action === 'store_true' ? true : action === 'store_false' ? false : undefined;
  const either = action?.endsWith('BooleanOptionalAction') === true;
  const fallback = keywords.get('default');
  const type = keywords.get('type');
  const other = keywords.has('nargs') || (action !== undefined && stores === undefined && !either);
  note(name, {
    by: 'argparse',
    flags,
    ...(fallback && { fallback }),
    ...(type && { type: text.slice(type.from, type.to) }),
    ...(stores !== undefined && { stores }),
    ...(either && { either }),
    ...(other && { other }),
  });
}

function partsOf(list: SyntaxNode, text: string) {
  const strings: string[] = [];
  const keywords = new Map<string, SyntaxNode>();
  const children = childrenOf(list).filter(({ name }) => name !== 'Comment');
  children.forEach((child, i) => {
    const next = children[i + 1];
    const value = children[i + 2];
    if (child.name === 'VariableName' && next?.name === 'AssignOp' && value !== undefined)
      keywords.set(text.slice(child.from, child.to), value);
    const plain = child.name === 'String' && children[i - 1]?.name !== 'AssignOp';
    const said = plain ? textOf(child, text) : undefined;
    if (said !== undefined) strings.push(said);
  });
  return { strings, keywords };
}

function textOf(node: SyntaxNode, text: string): string | undefined {
  return node.name === 'String' ? decodeString(text.slice(node.from, node.to)) : undefined;
}

function textAt(keywords: ReadonlyMap<string, SyntaxNode>, key: string, text: string) {
  const node = keywords.get(key);
  return node === undefined ? undefined : (textOf(node, text) ?? text.slice(node.from, node.to));
}

/** The classes that `HfArgumentParser((A, B))` fills in. */
export function parsedClasses(text: string): ReadonlySet<string> {
  const calls = text.matchAll(
    /\b(?:HfArgumentParser|TrlParser)\s*\(([^()]*(?:\([^()]*\)[^()]*)?)\)/g,
  );
  return new Set([...calls].flatMap(([, inner = '']) => inner.match(/\b\w+\b/g) ?? []));
}

/** The fields of a dataclass. */
function noteFields(node: SyntaxNode, text: string, note: Note): void {
  for (const field of node.getChild('Body')?.getChildren('AssignStatement') ?? []) {
    const key = field.firstChild;
    const typed = field.getChild('TypeDef');
    const given = field.getChild('AssignOp')?.nextSibling;
    if (key?.name !== 'VariableName' || typed === null) continue;
    const list = given?.name === 'CallExpression' ? given.getChild('ArgList') : null;
    const fallback = list === null ? given : partsOf(list, text).keywords.get('default');
    const name = text.slice(key.from, key.to);
    const type = text.slice(typed.from, typed.to).replace(/^:\s*/, '');
    note(name, {
      by: 'dataclass',
      flags: [name],
      ...(fallback && { fallback }),
      type,
      ...(/\b(?:list|tuple|dict)\b/i.test(type) && { other: true }),
    });
  }
}

function nameOf(node: SyntaxNode, text: string): string | undefined {
  const name = node.getChild('VariableName');
  return name === null ? undefined : text.slice(name.from, name.to);
}

/** The parameters of a function that have defaults, or none. */
function parametersOf(node: SyntaxNode, text: string): readonly (readonly [string, Argument])[] {
  const children = childrenOf(node.getChild('ParamList') ?? node).filter(
    ({ name }) => name !== 'Comment',
  );
  return children.flatMap((child, i) => {
    const before = children[i - 1]?.name;
    if (child.name !== 'VariableName' || (before !== '(' && before !== ',')) return [];
    const typed = children[i + 1]?.name === 'TypeDef' ? children[i + 1] : undefined;
    const at = typed === undefined ? i + 1 : i + 2;
    const fallback = children[at]?.name === 'AssignOp' ? children[at + 1] : undefined;
    const name = text.slice(child.from, child.to);
    const type = typed && text.slice(typed.from, typed.to).replace(/^:\s*/, '');
    return [
      [name, { by: 'fire', flags: [name], ...(fallback && { fallback }), ...(type && { type }) }],
    ] as const;
  });
}
