import type { Analysis } from '../analyze.ts';
import { ELISION_REACH } from '../frameworks/elided.ts';
import type { Document, Unit } from '../syntax/document.ts';
import type { Reread } from '../syntax/reparse.ts';
import { type Change, holds, moved } from '../text/change.ts';
import { type AnalyzedRun, LazyRun, late } from './analyzed-run.ts';
import { movedFindings, movesOf } from './moved-finding.ts';

/** Finds and judges the runs of a document. */
type Judge = (document: Document) => readonly AnalyzedRun[];

/**
 * The runs of a script after one small edit: only the command that was edited is read anew, the
 * findings of the others move with their text. `undefined` when a run is more than one command.
 * The rest of a run that moved is made when somebody asks for it.
 */
export function runsAgain(
  before: Analysis,
  { document, change }: Reread,
  judge: Judge,
): readonly AnalyzedRun[] | undefined {
  const old = before.document?.units;
  if (old === undefined || before.runs.some((run) => run.unit === undefined)) return undefined;
  const judged = (index: number): readonly AnalyzedRun[] => {
    const unit = document.units[index];
    if (unit === undefined) return [];
    return judge({ ...document, units: [unit] }).map((run) => ({ ...run, unit: index }));
  };
  const edited = editedUnit(old, change);
  const runs = edited < 0 ? [] : [...judged(edited)];
  const count = new Map<number, number>();
  for (const run of before.runs) {
    const { unit: index = -1 } = run;
    const nth = count.get(index) ?? 0;
    count.set(index, nth + 1);
    if (index === edited) continue;
    const whole = late(() => judged(index)[nth]);
    const still = old[index] === document.units[index];
    runs.push(still ? new LazyRun(run, whole) : movedRun(run, change, document.file.path, whole));
  }
  return runs.sort(
    (a, b) => Number(a.joined ?? false) - Number(b.joined ?? false) || a.span.start - b.span.start,
  );
}

/** The command that was edited, or that the edited comment stands behind; -1 when there is none. */
function editedUnit(units: readonly Unit[], change: Change): number {
  const index = units.findIndex(({ span }) => holds(span, change));
  if (index >= 0) return index;
  const { start } = change;
  return units.findLastIndex(({ span }) => span.end <= start && start <= span.end + ELISION_REACH);
}

/** The run where it stands after the edit. */
function movedRun(
  run: AnalyzedRun,
  change: Change,
  path: string,
  whole: () => AnalyzedRun,
): AnalyzedRun {
  const span = moved(run.span, change);
  const findings = movedFindings(run.findings, path, movesOf(change));
  if (span === undefined || findings === undefined) return whole();
  return new LazyRun(run, whole, { span, findings });
}
