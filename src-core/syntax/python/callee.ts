import type { SyntaxNode } from '@lezer/common';

/** The last name of a callee: `b` of `a.b`. */
export function calleeName(callee: SyntaxNode, text: string): string | undefined {
  const last = callee.name === 'MemberExpression' ? callee.lastChild : callee;
  const named = last?.name === 'VariableName' || last?.name === 'PropertyName';
  return last !== null && named ? text.slice(last.from, last.to) : undefined;
}
