import { isError, type KeyProblem } from '../run/problem.ts';
import { writtenOrigin } from '../run/sourced.ts';
import { say } from '../text/message.ts';
import { doubted, isAdded } from './forks.ts';
import type { Recognized } from './framework.ts';

/** Whether nothing in sight names the file that the options stand in. */
export function isAlone({ sections, grip, within }: Recognized): boolean {
  return (
    within === undefined &&
    sections.every(({ unit, file }) => unit.kind === 'mapping' && file === grip.file)
  );
}

/** What another program may mean by a key, or put in place of a value. */
const DOUBTED: ReadonlySet<KeyProblem['rule']> = new Set([
  'unknown-key',
  'removed-key',
  'renamed-key',
  'wrong-type',
  'bad-choice',
  'rejected-combination',
  'missing-key',
]);

/** Keys that no release has: one may be misplaced, more are another program's. */
const FOREIGN = 2;

/** Whether a file that nothing in sight names has several keys of another program, or values for it to fill in. */
export function mayBeOthers(problems: readonly KeyProblem[], recognized: Recognized): boolean {
  if (!isAlone(recognized)) return false;
  return problems.filter(isAdded).length >= FOREIGN || isTemplate(problems);
}

/** So many keys that nobody knows are told at the first of them; of fewer each may be a slip. */
const MANY = 6;

/** Problems of a file that nothing in sight names: keys that no release has are told once, as they are another program's. */
export function foreignOnce(
  problems: readonly KeyProblem[],
  recognized: Recognized,
): readonly KeyProblem[] {
  const [first, ...others] = problems.filter((one) => isAdded(one) && one.fixes?.length);
  if (first === undefined || others.length + 1 < MANY || !isAlone(recognized)) return problems;
  const once: KeyProblem = {
    ...first,
    message: say`${first.message}. ${others.length} more keys of this file are unknown, too: another program may read it`,
    related: others.map(({ at }) => ({ at, message: say`this one, too` })),
    fixes: [],
  };
  return problems.flatMap((one) => (one === first ? once : others.includes(one) ? [] : one));
}

/** A problem in a file that another program may read: it may avert an error. */
export function lessSureOfFile(one: KeyProblem): KeyProblem {
  if (!isError(one) || !DOUBTED.has(one.rule)) return one;
  return doubted(one, say`${one.message} (unless another program fills the file in, or reads it)`);
}

/** Blank values, or the same word for values of different kinds, that make a template. */
const BLANK = 2;
const SAME = 3;
/** Words that somebody may well write where they are wrong. */
const MEANT = /^(?:none|null|nil|nan|true|false|yes|no|on|off|[-+.\d].*)$/i;

/** Whether several values that must be there are blank, or are one word that stands for any value. */
function isTemplate(problems: readonly KeyProblem[]): boolean {
  const counts = new Map<string, number>();
  for (const { rule, at } of problems) {
    const value = rule === 'wrong-type' ? writtenOrigin(at)?.entry.value : undefined;
    const isBlank = value?.kind === 'absent' || (value?.kind === 'scalar' && value.value === null);
    const word = isBlank ? '' : value?.kind === 'scalar' ? value.text : undefined;
    if (word !== undefined && !MEANT.test(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].some(([word, count]) => count >= (word === '' ? BLANK : SAME));
}
