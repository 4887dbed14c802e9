import type { SyntaxNode } from '@lezer/common';
import { type Span, span } from '../../text/span.ts';

/** Statements of which a part may be left out, or come again. */
const BRANCHES =
  /^(?:IfStatement|ForStatement|WhileStatement|TryStatement|MatchStatement|MatchClause)$/;

/** Where a call stands: in which function, and under which condition. */
export interface CallPlace {
  readonly within?: Span;
  readonly block?: Span;
}

/** Whether a node stands in the body of a class, and in no function there. */
export function isInClass(node: SyntaxNode): boolean {
  for (let at = node.parent; at !== null; at = at.parent) {
    if (at.name === 'FunctionDefinition') return false;
    if (at.name === 'ClassDefinition') return true;
  }
  return false;
}

/** The innermost function, and the innermost part of a branch in it, that hold a node. */
export function placeOf(node: SyntaxNode): CallPlace {
  let block: SyntaxNode | undefined;
  for (let at = node.parent; at !== null; at = at.parent) {
    if (at.name === 'FunctionDefinition')
      return { within: span(at.from, at.to), ...blockSpan(block) };
    if (at.name === 'Body' && BRANCHES.test(at.parent?.name ?? '')) block ??= at;
  }
  return blockSpan(block);
}

function blockSpan(block: SyntaxNode | undefined): CallPlace {
  return block === undefined ? {} : { block: span(block.from, block.to) };
}
