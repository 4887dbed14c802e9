import { isError, type KeyProblem } from '../run/problem.ts';
import { type Phrase, say } from '../text/message.ts';
import type { OptionTable, WrittenOption } from './options.ts';
import { similarKeys } from './resolve-key.ts';

/** What a fork may have changed along with the options it adds. */
const CHANGED: ReadonlySet<KeyProblem['rule']> = new Set([
  'bad-choice',
  'rejected-combination',
  'missing-key',
]);

/**
 * A run with options that no release has, though its copy of the source may (`hasOwn`), is written for a
 * fork. What the release refuses besides may be legal there, a name that looks misspelt or is another
 * framework's as well: it stays, as a warning, and no fix is applied unasked.
 */
export function lessSureOfForks(
  problems: readonly KeyProblem[],
  { entries }: OptionTable,
  hasOwn: boolean,
): readonly KeyProblem[] {
  if (!hasOwn && !problems.some(isAdded) && !entries.some(isOwn)) return problems;
  return problems.map((one) => {
    if (!isError(one) || !(CHANGED.has(one.rule) || isName(one))) return one;
    return doubted(one, say`${one.message} (a fork may allow it)`);
  });
}

/** An error that may be none, with the message that says so. */
export function doubted(one: KeyProblem, message: Phrase): KeyProblem {
  const fixes = one.fixes?.map((fix) => ({ ...fix, safety: 'suggestion' as const }));
  return { ...one, severity: 'warning', message, ...(fixes && { fixes }) };
}

/** An option that a script of one's own has beside those of the framework. */
function isOwn({ section: { scope }, entry, resolved }: WrittenOption): boolean {
  if (scope.shared !== true || resolved.kind !== 'unknown') return false;
  return similarKeys(scope, entry.key).length === 0;
}

/** A key that looks misspelt or is another framework's, rather than one in a form that is not read. */
function isName({ rule, fixes = [] }: KeyProblem): boolean {
  return (
    rule === 'unknown-key' && fixes.some(({ changes }) => changes.some((c) => c.kind === 'remove'))
  );
}

/** A key that nobody knows, and that is no other one misspelt. */
export function isAdded({ rule, severity, fixes = [] }: KeyProblem): boolean {
  const misspelt = fixes.some(({ changes }) => changes.some(({ kind }) => kind === 'rename'));
  return rule === 'unknown-key' && severity === 'warning' && !misspelt;
}
