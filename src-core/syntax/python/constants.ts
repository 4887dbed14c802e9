import type { SyntaxNode, SyntaxNodeRef } from '@lezer/common';

/** What the file as a whole says about its names. */
export interface Names {
  /** The value that a name was given, when it is given one only once, by `name = value`. */
  valueOf(name: string, usedAt: number): SyntaxNode | undefined;
  /** Whether one place alone binds the name. */
  isBoundOnce(name: string): boolean;
  /** Whether something changes the object behind the name: `x["a"] = 1`, `x.update(…)`. */
  isMutated(name: string): boolean;
  /** Whether the file defines a class of that name. */
  isClass(name: string): boolean;
}

interface Seen {
  count: number;
  value: SyntaxNode | undefined;
  mutated: boolean;
}

const MUTATORS = new Set(['update', 'pop', 'popitem', 'setdefault', 'append', 'extend', 'clear']);

/** Gathers every place that binds a name, in a walk over a tree; names are not told apart by function. */
export class BoundNames implements Names {
  private readonly seen = new Map<string, Seen>();
  private readonly classes = new Set<string>();

  constructor(private readonly text: string) {}

  enter({ name, node }: SyntaxNodeRef): void {
    switch (name) {
      case 'AssignStatement':
        noteAssign(node, this.note, this.mutate);
        break;
      case 'UpdateStatement':
        noteTarget(node.firstChild, this.note, this.mutate);
        break;
      case 'ClassDefinition': {
        const named = node.getChild('VariableName');
        if (named !== null) this.classes.add(this.text.slice(named.from, named.to));
        break;
      }
      case 'CallExpression':
        noteMutatingCall(node, this.text, this.mutate);
        break;
      default:
        if (BINDERS.has(name)) noteBound(node, this.note);
    }
  }

  valueOf(name: string, usedAt: number): SyntaxNode | undefined {
    const entry = this.seen.get(name);
    const value = entry?.count === 1 ? entry.value : undefined;
    return value !== undefined && value.to <= usedAt ? value : undefined;
  }

  isBoundOnce(name: string): boolean {
    return this.seen.get(name)?.count === 1;
  }

  isMutated(name: string): boolean {
    return this.seen.get(name)?.mutated === true;
  }

  isClass(name: string): boolean {
    return this.classes.has(name);
  }

  private readonly note: Note = (node, value) => {
    const entry = seenAt(this.seen, this.text.slice(node.from, node.to));
    entry.count++;
    entry.value = value;
  };

  private readonly mutate: Mutate = (node) => {
    const base = rootOf(node);
    if (base !== undefined) seenAt(this.seen, this.text.slice(base.from, base.to)).mutated = true;
  };
}

function seenAt(seen: Map<string, Seen>, name: string): Seen {
  const known = seen.get(name);
  if (known !== undefined) return known;
  const fresh: Seen = { count: 0, value: undefined, mutated: false };
  seen.set(name, fresh);
  return fresh;
}

type Note = (node: SyntaxNode, value?: SyntaxNode) => void;
type Mutate = (node: SyntaxNode) => void;

const BINDERS = new Set([
  'ForStatement',
  'ParamList',
  'WithStatement',
  'TryStatement',
  'ImportStatement',
  'NamedExpression',
  'DeleteStatement',
  'FunctionDefinition',
  'ArrayComprehensionExpression',
  'SetComprehensionExpression',
  'DictionaryComprehensionExpression',
  'ComprehensionExpression',
]);

/** `a = value` keeps its value; `a = b = value`, `a, b = value` and half-typed ones do not. */
function noteAssign(node: SyntaxNode, note: Note, mutate: Mutate): void {
  const children = childrenOf(node);
  const last = children.map((c) => c.name).lastIndexOf('AssignOp');
  const targets = children.slice(0, last).filter((c) => c.name !== 'TypeDef');
  const values = children.slice(last + 1).filter((c) => c.name !== 'Comment');
  const [target] = targets;
  const [value] = values;
  const simple = targets.length === 1 && values.length === 1 && value?.type.isError === false;
  if (simple && target?.name === 'VariableName') {
    note(target, value);
    return;
  }
  for (const each of targets) noteTarget(each, note, mutate);
}

function noteTarget(node: SyntaxNode | null, note: Note, mutate: Mutate): void {
  if (node === null) return;
  if (node.name === 'VariableName') note(node);
  else if (node.name === 'MemberExpression') mutate(node);
  else if (/^(?:Tuple|Array|Parenthesized)Expression$/.test(node.name)) {
    for (const child of childrenOf(node)) noteTarget(child, note, mutate);
  }
}

/** Names that a statement binds; a default value or an iterated name behind `in` is no binding. */
function noteBound(node: SyntaxNode, note: Note): void {
  let inValue = false;
  for (const child of childrenOf(node)) {
    if (child.name === 'AssignOp' || child.name === 'in') inValue = true;
    else if (child.name === ',' || child.name === 'for' || child.name === 'as') inValue = false;
    else if (child.name === 'VariableName' && !inValue) note(child);
    else if (child.name === 'TupleExpression' && !inValue) {
      for (const name of child.getChildren('VariableName')) note(name);
    }
  }
}

function noteMutatingCall(node: SyntaxNode, text: string, mutate: Mutate): void {
  const callee = node.firstChild;
  if (callee?.name !== 'MemberExpression') return;
  const method = callee.lastChild;
  if (method?.name === 'PropertyName' && MUTATORS.has(text.slice(method.from, method.to))) {
    mutate(callee);
  }
}

function rootOf(node: SyntaxNode): SyntaxNode | undefined {
  let at: SyntaxNode | null = node;
  while (at?.name === 'MemberExpression') at = at.firstChild;
  return at?.name === 'VariableName' ? at : undefined;
}

/** The direct children of a node. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child);
  return children;
}

/** The children between the brackets of a node, part by part. */
export function groupByComma(node: SyntaxNode): SyntaxNode[][] {
  const groups: SyntaxNode[][] = [[]];
  for (const child of childrenOf(node)) {
    if (child.name === ',') groups.push([]);
    else if (!/^[()[\]{}]$|^Comment$/.test(child.name)) groups.at(-1)?.push(child);
  }
  return groups;
}
