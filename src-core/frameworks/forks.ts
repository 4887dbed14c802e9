import type { KeyProblem } from '../run/problem.ts';
import { say } from '../text/message.ts';

/** What a fork may have changed along with the options it adds. */
const CHANGED: ReadonlySet<KeyProblem['rule']> = new Set([
  'bad-choice',
  'rejected-combination',
  'missing-key',
]);

/**
 * A run with options that no release has is written for a fork. What the release refuses besides
 * may be legal there: it stays, as a warning.
 */
export function lessSureOfForks(problems: readonly KeyProblem[]): readonly KeyProblem[] {
  if (!problems.some(isAdded)) return problems;
  return problems.map((one) => {
    const sure = one.severity === undefined || one.severity === 'error';
    if (!sure || !CHANGED.has(one.rule)) return one;
    return { ...one, severity: 'warning', message: say`${one.message} (a fork may allow it)` };
  });
}

/** A key that nobody knows, and that is no other one misspelt. */
function isAdded({ rule, severity, fixes = [] }: KeyProblem): boolean {
  const misspelt = fixes.some(({ changes }) => changes.some(({ kind }) => kind === 'rename'));
  return rule === 'unknown-key' && severity === 'warning' && !misspelt;
}
