import type { SyntaxNode } from '@lezer/common';
import { childrenOf } from './constants.ts';

const PARSES = /^(?:parse_(?:known_)?args|parse_args_into_dataclasses)$/;
const PARSING = /\b(?:parse_(?:known_)?args|parse_args_into_dataclasses)\s*\(/;

/** What makes a parser, or gives it arguments. */
const MAKING = /\.add_argument\s*\(|\b(?:\w*ArgumentParser|TrlParser)\s*\(/;

/** Ways to change what was parsed that name no attribute. */
const ANY_CHANGE =
  /\bsetattr\s*\(\s*(?=\w*(?:args|opt|cfg|config|params|namespace))\w+\s*,|\.__setattr__\s*\(|\bset_defaults\s*\(\s*\*\*|\bvars\s*\(\s*\w+\s*\)\s*(?:\.update\b|\[[^[\]]*\]\s*=(?!=))|\.__dict__\s*(?:\.update\b|\[[^[\]]*\]\s*=(?!=))/;

/** A function of the program. */
interface Defined {
  readonly node: SyntaxNode;
  readonly name: string;
  readonly parameters: readonly string[];
}

/** What a program imports of a module. */
interface Imports {
  readonly declared: { readonly spaces: Namespaces };
  readonly imported: ReadonlyMap<string, string>;
}

/** Variables of a program that hold what was parsed of its command line. */
export class Namespaces {
  private readonly assigned: { readonly names: readonly string[]; readonly by: string }[] = [];
  private readonly functions: Defined[] = [];
  private readonly readers = new Set<string>();
  /** Functions that make parsers, and variables that hold one. */
  private readonly makers = new Set<string>();
  /** Variables of another module that hold what was parsed. */
  private readonly handed = new Set<string>();
  /** Whether another module reads the command line. */
  isHanded = false;
  /** Attributes that something is assigned to. */
  private readonly changed = new Set<string>();
  private holders: ReadonlySet<string> | undefined;
  /** Functions that were asked of, and whether all their calls hand them what was parsed. */
  private readonly given = new Map<Defined, boolean>();
  private readonly text: string;
  /** Whether anything may be changed. */
  private isChanged: boolean;

  constructor(text: string) {
    this.text = text;
    this.isChanged = ANY_CHANGE.test(text);
    for (const [, inner = ''] of text.matchAll(
      /\bset_defaults\s*\(((?:(?!\bset_defaults\b)[^)])*)\)/g,
    ))
      for (const [, name = ''] of inner.matchAll(/(?<!\w)(\w+)\s*=/g)) this.changed.add(name);
  }

  assign(node: SyntaxNode): void {
    const children = childrenOf(node).filter(({ name }) => name !== 'Comment');
    const [target] = children;
    const value = children.at(-1);
    if (target === undefined || value === undefined) return;
    // `args.fp16, args.bf16 = True, False`, of whatever name: a function may be handed them.
    for (const [, owner, name = ''] of this.slice(target.from, value.from).matchAll(
      /\b(\w+)\.(\w+)/g,
    ))
      if (owner !== 'self') this.changed.add(name);
    if (node.name !== 'AssignStatement') return;
    const called = value.name === 'MemberExpression' ? value.firstChild : value; // `...()[0]`
    const callee = called?.name === 'CallExpression' ? called.firstChild : null;
    const by =
      callee === null ? '' : (/(?<!\w)\w+$/.exec(this.slice(callee.from, callee.to))?.[0] ?? '');
    const names = this.slice(target.from, target.to).match(/\b\w+\b/g) ?? [];
    this.assigned.push({ names, by });
    if (/(?:ArgumentParser|TrlParser)$/.test(by)) for (const name of names) this.makers.add(name);
  }

  define(node: SyntaxNode): void {
    const named = node.getChild('VariableName');
    const name = named === null ? '' : this.slice(named.from, named.to);
    const parameters = node.getChild('ParamList')?.getChildren('VariableName') ?? [];
    const names = parameters.map(({ from, to }) => this.slice(from, to));
    this.functions.push({ node, name, parameters: names });
    const body = this.slice(node.from, node.to);
    if (PARSING.test(body)) this.readers.add(name);
    if (MAKING.test(body)) this.makers.add(name);
  }

  /** Whether who imports a name has to do with what the command line gives. */
  hands(name: string): boolean {
    return this.readers.has(name) || this.makers.has(name) || this.read().has(name);
  }

  /** These with what is imported of modules: the names there by those here. */
  joined(modules: readonly Imports[]): Namespaces {
    const all = new Namespaces(this.text);
    all.assigned.push(...this.assigned);
    all.functions.push(...this.functions);
    for (const name of this.readers) all.readers.add(name);
    for (const name of this.changed) all.changed.add(name);
    for (const { declared, imported } of modules) {
      const { readers, changed, isChanged } = declared.spaces;
      const holders = declared.spaces.read();
      for (const name of changed) all.changed.add(name);
      all.isChanged ||= isChanged;
      for (const [here, there] of imported) {
        if (readers.has(there)) all.readers.add(here);
        if (holders.has(there)) all.handed.add(here);
        all.isHanded ||= readers.has(there) || holders.has(there);
      }
    }
    return all;
  }

  /** Whether `owner.name` is what was parsed, where it is used. */
  holds(owner: string, name: string, use: SyntaxNode): boolean {
    if (this.changed.has(name) || this.isChanged) return false;
    this.holders ??= this.read();
    const inside = this.functions.findLast(
      ({ node, parameters }) =>
        node.from < use.from && use.to <= node.to && parameters.includes(owner),
    );
    if (inside === undefined) return this.holders.has(owner);
    const given = this.given.get(inside) ?? this.isGiven(inside);
    this.given.set(inside, given);
    return given;
  }

  /** A name that anything else is assigned to holds either. */
  private read(): ReadonlySet<string> {
    const parses = (by: string) => PARSES.test(by) || this.readers.has(by);
    const holders = new Set([
      ...this.handed,
      ...this.assigned.filter(({ by }) => parses(by)).flatMap(({ names }) => names),
    ]);
    for (const { names, by } of this.assigned)
      if (!parses(by) && names.length === 1) holders.delete(names[0] ?? '');
    return holders;
  }

  /** Whether all calls of a function hand it what was parsed: `main(args)`, `main(parse_args())`. */
  private isGiven({ node, name }: Defined): boolean {
    const call = new RegExp(`(?<![\\w.])${name}\\s*\\(((?:[^()]|\\([^()]*\\))*)\\)`, 'g');
    const rest = this.slice(0, node.from) + this.slice(node.to, this.text.length);
    const calls = [...rest.matchAll(call)].map(([, given = '']) => given);
    const words = [...(this.holders ?? [])].join('|');
    const holder = new RegExp(`\\b(?:${words})\\b(?!\\s*\\.)`);
    const handed = (given: string) =>
      PARSING.test(given) ||
      (words !== '' && holder.test(given)) ||
      [...this.readers].some((reader) => given.includes(`${reader}(`));
    return calls.length > 0 && calls.every(handed);
  }

  private slice(from: number, to: number): string {
    return this.text.slice(from, to);
  }
}
