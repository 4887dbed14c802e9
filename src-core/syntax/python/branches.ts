import type { SyntaxNode, Tree } from '@lezer/common';
import type { Scalar } from '../document.ts';
import { childrenOf } from './constants.ts';
import { type Reader, readValue } from './values.ts';

const NONE: ReadonlySet<number> = new Set();

/**
 * Where bodies begin that a program does not run with the flags it is given: those behind a test of its
 * arguments that fails, and of functions that only they call.
 */
export function deadBodies(tree: Tree, reader: Reader): ReadonlySet<number> {
  const { flags } = reader.line ?? {};
  if (flags === undefined) return NONE;
  const bodies: SyntaxNode[] = [];
  const functions: SyntaxNode[] = [];
  tree.iterate({
    enter({ name, node }) {
      if (name === 'IfStatement') bodies.push(...deadIn(node, reader));
      if (name === 'FunctionDefinition') functions.push(node);
    },
  });
  if (bodies.length === 0) return NONE;
  for (const node of functions) {
    const body = node.getChild('Body');
    if (body !== null && isCalledIn(node, bodies, reader.text)) bodies.push(body);
  }
  return new Set(bodies.map(({ from }) => from));
}

/** Bodies of an `if` that are not run. */
function deadIn(statement: SyntaxNode, reader: Reader): readonly SyntaxNode[] {
  const dead: SyntaxNode[] = [];
  let decided = false;
  let test: boolean | undefined;
  for (const child of childrenOf(statement)) {
    if (child.name === 'Body') {
      if (decided || test === false) dead.push(child);
      else if (test === true) decided = true;
      test = undefined;
    } else if (!/^(?:if|elif|else|Comment)$/.test(child.name)) test = isTrue(child, reader);
  }
  return dead;
}

/** Whether a test of arguments holds; `undefined` where that cannot be told, or it is of something else. */
function isTrue(node: SyntaxNode, reader: Reader): boolean | undefined {
  const children = childrenOf(node).filter(({ name }) => name !== 'Comment');
  const [first, second, third] = children;
  if (node.name === 'ParenthesizedExpression' && second) return isTrue(second, reader);
  if (node.name === 'UnaryExpression' && first?.name === 'not' && second) {
    const inner = isTrue(second, reader);
    return inner === undefined ? undefined : !inner;
  }
  if (node.name === 'BinaryExpression' && first && second && third)
    return isTrueOf(first, reader.text.slice(second.from, second.to), third, reader);
  const value = argumentAt(node, reader);
  return value === undefined ? undefined : isTruthy(value);
}

function isTrueOf(
  left: SyntaxNode,
  operator: string,
  right: SyntaxNode,
  reader: Reader,
): boolean | undefined {
  if (operator === 'and' || operator === 'or') {
    const decides = operator === 'or';
    const both = [isTrue(left, reader), isTrue(right, reader)];
    if (both.includes(decides)) return decides;
    return both.includes(undefined) ? undefined : !decides;
  }
  if (operator !== '==' && operator !== '!=') return undefined;
  const value = argumentAt(left, reader);
  const other = readValue(right, reader);
  if (value === undefined || other.kind !== 'scalar') return undefined;
  return (value === other.value) === (operator === '==');
}

/** The value of an argument that is known for this command. */
function argumentAt(node: SyntaxNode, reader: Reader): Scalar | undefined {
  if (node.name !== 'MemberExpression' && node.name !== 'VariableName') return undefined;
  const value = readValue(node, reader);
  const known = value.kind === 'scalar' && value.argument && value.argument.is !== 'default';
  return known ? value.value : undefined;
}

function isTruthy(value: Scalar): boolean {
  return value !== null && value !== false && value !== 0 && value !== '';
}

/** Whether a function is called, and only in these bodies. */
function isCalledIn(definition: SyntaxNode, bodies: readonly SyntaxNode[], text: string): boolean {
  const named = definition.getChild('VariableName');
  if (named === null) return false;
  const name = text.slice(named.from, named.to);
  const uses = [...text.matchAll(new RegExp(`(?<![\\w.])${name}(?!\\w)`, 'g'))]
    .map(({ index }) => index)
    .filter((at) => at < definition.from || at >= definition.to);
  return (
    uses.length > 0 && uses.every((at) => bodies.some(({ from, to }) => from <= at && at < to))
  );
}
