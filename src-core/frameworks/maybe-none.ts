import type { Options } from '../run/options.ts';
import type { Node } from '../syntax/document.ts';
import type { Constraint, ConstraintInput, Violation } from './constraint.ts';

/**
 * Whether a violation in a Python program may go because a value that is not known is None, as
 * `cfg.get("layers")` may be: libraries ask `is not None`, so that the option is not set then.
 */
export function isMendedByNone(
  constraint: Constraint,
  input: ConstraintInput,
  { at }: Violation,
): boolean {
  const { options: seen, recognized } = input;
  const open = recognized.sections.some(
    ({ unit, entries }) => unit.kind === 'call' && entries.some(({ value }) => mayBeNone(value)),
  );
  if (!open) return false;
  const options: Options = Object.create(seen, {
    isNull: { value: (key: string) => mayBeNone(seen.node(key)) || seen.isNull(key) },
  });
  return constraint.check({ ...input, options })?.at !== at;
}

function mayBeNone(node: Node | undefined): boolean {
  if (node?.kind !== 'opaque') return false;
  return node.why === 'variable' || (node.why === 'expression' && !NEVER_NONE.test(node.text));
}

/** One call of a type or function that never gives None, and a list that is made in place. */
const NEVER_NONE =
  /^(?:(?:int|float|str|bool|len|list|tuple|dict|range|sorted|round|os\.path\.join)\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^[\]]*(?:\[[^[\]]*\][^[\]]*)*\])$/;
