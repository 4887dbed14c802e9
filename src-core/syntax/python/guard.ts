import type { SyntaxNode } from '@lezer/common';
import { childrenOf } from './constants.ts';
import type { Reader } from './values.ts';

const LIBRARY = '(?:trl|transformers|peft|torch|unsloth|accelerate|bitsandbytes|deepspeed)';

/** What a program looks at to tell releases of a library apart: their number, or what they have. */
const ASKS = new RegExp(
  [
    String.raw`__version__|__dataclass_fields__|\bsignature\b`,
    String.raw`\bversion\.parse\b|\bparse_version\b|\bVersion\s*\(`,
    String.raw`\bmetadata\.version\b|(?<![\w.])version\s*\(`,
    String.raw`\bis_\w+_(?:available|version|greater_or_equal\w*)\b`,
    String.raw`(?<![A-Za-z])${LIBRARY}_version\b|(?<![A-Z])${LIBRARY.toUpperCase()}_VERSION\b`,
    String.raw`\bhasattr\s*\(\s*(?:${LIBRARY}\b|(?:\w+\.)*[A-Z]+[a-z]\w*\s*,)`,
  ].join('|'),
);

/**
 * Whether a call is made for some releases only: under a test of them, in a `try` whose handler makes the
 * call in another way, or in that handler.
 */
export function isGuarded(call: SyntaxNode, callee: string, reader: Reader): boolean {
  let child = call;
  for (let at = call.parent; at !== null; child = at, at = at.parent) {
    if (at.name === 'FunctionDefinition') return false;
    if (at.name === 'TryStatement' && retries(at, child, callee, reader.text)) return true;
    const tests = at.name === 'IfStatement' || at.name === 'ConditionalExpression';
    if (tests && childrenOf(at).some((one) => isTest(one) && asks(one, reader))) return true;
  }
  return false;
}

/** Whether a node stands in the body of an `if` whose test asks for what is written there: `if args.r > 0`. */
export function isAskedFor(node: SyntaxNode, text: string): boolean {
  const word = text.slice(node.from, node.to);
  for (let at: SyntaxNode | null = node; at !== null; at = at.parent) {
    if (at.name === 'FunctionDefinition') return false;
    const test = at.name === 'Body' && at.parent?.name === 'IfStatement' ? at.prevSibling : null;
    if (test !== null && isTest(test) && holds(text.slice(test.from, test.to), word)) return true;
  }
  return false;
}

/** Whether a text has a word, and not as a part of a longer one. */
function holds(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1))
    if (!/[\w.]/.test(text[at - 1] ?? '') && !/\w/.test(text[at + word.length] ?? '')) return true;
  return false;
}

function isTest({ prevSibling }: SyntaxNode): boolean {
  return prevSibling?.name === 'if' || prevSibling?.name === 'elif';
}

function asks(test: SyntaxNode, { text, names }: Reader): boolean {
  const written = text.slice(test.from, test.to);
  const said = [...written.matchAll(/(?<![\w.])[A-Za-z_]\w*/g)].map(([name]) => {
    const held = names.valueOf(name, test.from);
    return held === undefined ? '' : text.slice(held.from, held.to);
  });
  return [written, ...said].some((one) => ASKS.test(one));
}

/** Whether a part of a `try` is a handler, or has one that makes the same call. */
function retries(statement: SyntaxNode, part: SyntaxNode, callee: string, text: string): boolean {
  const parts = childrenOf(statement);
  const first = parts.findIndex(({ name }) => name === 'except');
  const ends = parts.findIndex(({ name }) => name === 'else' || name === 'finally');
  const handlers = parts.filter(
    ({ name }, i) => name === 'Body' && i > first && (ends < 0 || i < ends),
  );
  if (first < 0) return false;
  if (handlers.some(({ from }) => from === part.from)) return true;
  const inTry = part.to <= (parts[first]?.from ?? 0);
  const again = new RegExp(`\\b${callee}\\s*\\(`);
  return inTry && handlers.some(({ from, to }) => again.test(text.slice(from, to)));
}
