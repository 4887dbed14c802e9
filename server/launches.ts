import type { Finding } from '../src-core/finding.ts';
import { hasCard } from '../src-core/run/cards.ts';
import type { TrainingRun } from '../src-core/run/training-run.ts';
import type { AnalyzedRun } from './core.ts';

/** What one file launches: other files, under the names that they have for who asks. */
export interface Launches {
  /** Those that it starts on a card it names. */
  readonly onCard: ReadonlySet<string>;
  /** The programs that it starts. */
  readonly started: ReadonlySet<string>;
}

/** What the runs of a file launch; `nameOf` names other files, by the path that the analysis has for them. */
export function launchesOf(
  runs: readonly AnalyzedRun[],
  nameOf: (path: string) => string | undefined,
): Launches {
  const namesOf = (some: readonly AnalyzedRun[]): ReadonlySet<string> => {
    const paths = new Set(
      some.flatMap(({ recognized }) => recognized.sections.map(({ file }) => file)),
    );
    return new Set([...paths].flatMap((path) => nameOf(path) ?? []));
  };
  // A run that is one command of the text has none elsewhere.
  const others = runs.filter(({ unit }) => unit === undefined);
  return {
    onCard: namesOf(others.filter(({ run }) => hasCard(run))),
    started: namesOf(others.filter(({ recognized }) => recognized.started !== undefined)),
  };
}

/** Whether a file says which card a run has: a setting, which is for all files, does not count. */
export function namesCard({ gpu }: Pick<TrainingRun, 'gpu'>): boolean {
  return gpu.origin.kind === 'setting' && gpu.origin.file !== undefined;
}

/**
 * Whether a launch in another file stands for this one: it starts it, or it knows a card where this one
 * `names` none. What would be said of it by itself may be wrong there: bf16 instead of fp16 is no advice
 * for a V100, and a launch may spread what one card does not hold.
 */
export function speaksFor(
  { started, onCard }: Launches,
  file: string,
  names: () => boolean,
): boolean {
  return started.has(file) || (onCard.has(file) && !names());
}

/**
 * The same for findings that say the same of one place: several launches may give it. Of a key they may differ in
 * whether the run stops there.
 */
export function identityOf({ span, rule, message }: Finding): string {
  const said = rule.endsWith('-key') ? message.replace(/[;:] it stops.*$/s, '') : message;
  return `${span.start} ${span.end} ${rule} ${said}`;
}

/** Whether a finding is surer than another one that says the same. */
export function isSurer(one: Finding, other: Finding): boolean {
  return one.severity === 'error' && other.severity !== 'error';
}
