import type { SyntaxNode, Tree } from '@lezer/common';
import { childrenOf } from './constants.ts';
import { decodeString } from './literals.ts';
import { Namespaces } from './namespaces.ts';

/** An argument that the program takes on its command line. */
export interface Argument {
  /** `--learning_rate` and its other names, without dashes in front, `_` for `-` within. */
  readonly flags: readonly string[];
  /** What counts where the command line says nothing; absent: None, or it must be given. */
  readonly fallback?: SyntaxNode;
  /** The function or type that the text is put through: `int`, `float`, `str`, `Optional[int]`. */
  readonly type?: string;
  /** `store_true` and `store_false`: the flag by itself is the value. */
  readonly stores?: boolean;
  /** `--fp16` and `--no-fp16`. */
  readonly either?: boolean;
  /** Takes several words, or does something of its own. */
  readonly other?: boolean;
  /** Who reads the text. */
  readonly by: 'argparse' | 'dataclass' | 'fire';
}

/** Where a program reads its arguments, as far as it shows. */
export interface Arguments {
  /** The names of all flags, as in `Argument.flags`. */
  readonly flags: ReadonlySet<string>;
  /** Whether words without a flag are arguments as well. */
  readonly fires: boolean;
  /** Whether the beginning of a flag stands for it where no other begins so. */
  readonly abbreviates: boolean;
  /** The argument behind `args.learning_rate`, at that use. */
  attribute(owner: string, name: string, use: SyntaxNode): Argument | undefined;
  /** The argument behind a parameter of the function that `fire` calls. */
  parameter(name: string, use: SyntaxNode): Argument | undefined;
}

const READS = /\.parse_(?:known_)?args\s*\(|\bparse_args_into_dataclasses\s*\(|\bfire\.Fire\s*\(/;
/** Arguments that differ by subcommand, are read from elsewhere, or from a list in the text. */
const BEYOND =
  /\badd_subparsers\s*\(|\bargs_filename\s*=|\.parse_(?:known_)?args\s*\(\s*(?!\)|argv\b|args\b|args\s*=|sys\.argv\b|None\b|unknown\b)|\bnamespace\s*=/;

/** The arguments of a program; `undefined` where it takes none that can be read. */
export function collectArguments(tree: Tree, text: string): Arguments | undefined {
  if (!READS.test(text) || BEYOND.test(text)) return undefined;
  const found = new Map<string, Argument | null>();
  const note = (name: string, argument: Argument): void => {
    found.set(name, found.has(name) ? null : argument);
  };
  const parsed = parsedClasses(text);
  const fired = /\bfire\.Fire\s*\(\s*(\w+)/.exec(text)?.[1];
  const spaces = new Namespaces(text);
  let main: SyntaxNode | undefined;
  const parameters = new Map<string, Argument>();
  tree.iterate({
    enter(ref) {
      if (ref.name === 'CallExpression') noteCall(ref.node, text, note);
      else if (ref.name === 'ClassDefinition') noteClass(ref.node, text, parsed, note);
      else if (ref.name === 'AssignStatement' || ref.name === 'UpdateStatement')
        spaces.assign(ref.node);
      else if (ref.name === 'FunctionDefinition') {
        spaces.define(ref.node);
        if (nameOf(ref.node, text) !== fired) return;
        main = ref.node;
        for (const [key, argument] of parametersOf(ref.node, text)) parameters.set(key, argument);
      }
    },
  });
  const all = [...found.values(), ...parameters.values()].filter((one) => one !== null);
  return {
    flags: new Set(all.flatMap(({ flags }) => flags)),
    fires: fired !== undefined,
    abbreviates: !/\ballow_abbrev\s*=\s*False/.test(text),
    attribute(owner, name, use) {
      return spaces.holds(owner, name, use) ? (found.get(name) ?? undefined) : undefined;
    },
    parameter(name, use) {
      const inside = main !== undefined && main.from < use.from && use.to <= main.to;
      return inside ? parameters.get(name) : undefined;
    },
  };
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

type Note = (name: string, argument: Argument) => void;

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
function parsedClasses(text: string): ReadonlySet<string> {
  const calls = text.matchAll(
    /\b(?:HfArgumentParser|TrlParser)\s*\(([^()]*(?:\([^()]*\))?[^()]*)\)/g,
  );
  return new Set([...calls].flatMap(([, inner = '']) => inner.match(/\b\w+\b/g) ?? []));
}

/** The fields of a dataclass that the program parses. */
function noteClass(node: SyntaxNode, text: string, parsed: ReadonlySet<string>, note: Note): void {
  if (!parsed.has(nameOf(node, text) ?? '')) return;
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
