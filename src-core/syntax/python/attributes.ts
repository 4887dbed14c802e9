import type { SyntaxNode } from '@lezer/common';
import { span } from '../../text/span.ts';
import type { Call, ClassFields, Entry } from '../document.ts';
import { childrenOf } from './constants.ts';
import { placeOf } from './place.ts';

/** An attribute that a program sets: `args.fp16 = False`. */
export interface SetAttribute {
  readonly of: string;
  readonly within: number | undefined;
  readonly entry: Entry;
}

/** What a statement sets, when it sets one attribute of a variable. */
export function readAttribute(node: SyntaxNode, text: string): SetAttribute | undefined {
  const [target, assign, value, ...more] = childrenOf(node);
  const [owner, , name] = target === undefined ? [] : childrenOf(target);
  if (target?.name !== 'MemberExpression' || assign?.name !== 'AssignOp' || more.length > 0)
    return undefined;
  if (owner?.name !== 'VariableName' || name?.name !== 'PropertyName' || !value) return undefined;
  const keySpan = span(name.from, name.to);
  const where = span(value.from, value.to);
  const said = text.slice(value.from, value.to);
  return {
    of: text.slice(owner.from, owner.to),
    within: placeOf(node).within?.start,
    entry: {
      key: text.slice(name.from, name.to),
      keySpan,
      value: { kind: 'opaque', span: where, text: said, why: 'expression' },
      span: span(node.from, value.to),
    },
  };
}

/** The units; those that make an object, with what is set on it before its variable gets another. */
export function withAttributes(
  units: readonly (Call | ClassFields)[],
  set: readonly SetAttribute[],
): readonly (Call | ClassFields)[] {
  const later = new Map<Call | ClassFields, Entry[]>();
  for (const { of, within, entry } of set) {
    const made = units.findLast(
      (unit) =>
        unit.kind === 'call' &&
        unit.assignedTo === of &&
        unit.within?.start === within &&
        unit.span.start < entry.span.start,
    );
    // What a function in lower case gives is no object whose class is known.
    if (made?.kind === 'call' && /^[A-Z]/.test(made.callee))
      later.set(made, [...(later.get(made) ?? []), entry]);
  }
  return units.map((unit) => {
    const entries = later.get(unit);
    return entries === undefined ? unit : { ...unit, later: entries };
  });
}
