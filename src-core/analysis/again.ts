import type { Analysis } from '../analyze.ts';
import { ELISION_REACH } from '../frameworks/elided.ts';
import type { Document, Unit } from '../syntax/document.ts';
import type { Edited, Reread } from '../syntax/reparse.ts';
import { type Change, moved } from '../text/change.ts';
import { type AnalyzedRun, LazyRun, late, type Said, saidOf } from './analyzed-run.ts';
import { movedFindings, movesOf } from './moved-finding.ts';

/** Finds and judges the runs of a document. */
type Judge = (document: Document) => readonly AnalyzedRun[];

/**
 * The runs of a script after one small edit: only the commands that were edited are read anew, the
 * findings of the others move with their text. `undefined` when a run is more than one command.
 * The rest of a run that moved is made when somebody asks for it.
 */
export function runsAgain(
  before: Analysis,
  reread: Reread,
  judge: Judge,
): readonly AnalyzedRun[] | undefined {
  const { document, change } = reread;
  const old = before.document?.units;
  if (old === undefined || before.runs.some((run) => run.unit === undefined)) return undefined;
  const judged = (index: number): readonly AnalyzedRun[] => {
    const unit = document.units[index];
    if (unit === undefined) return [];
    return judge({ ...document, units: [unit] }).map((run) => ({ ...run, unit: index }));
  };
  const { first, gone, came } = editedUnits(old, reread);
  const runs = Array.from({ length: came }, (_, i) => judged(first + i)).flat();
  const count = new Map<number, number>();
  for (const run of before.runs) {
    const { unit: index = -1 } = run;
    const nth = count.get(index) ?? 0;
    count.set(index, nth + 1);
    if (first <= index && index < first + gone) continue;
    const unit = index < first ? index : index - gone + came;
    const whole = late(() => judged(unit)[nth]);
    const still = old[index] === document.units[unit];
    const said = { ...saidOf(run), unit };
    runs.push(still ? new LazyRun(said, whole) : movedRun(said, change, document.file.path, whole));
  }
  return runs.sort(
    (a, b) => Number(a.joined ?? false) - Number(b.joined ?? false) || a.span.start - b.span.start,
  );
}

/**
 * The commands that were edited; with them one that the edit stands behind, as a comment there may elide it, or an
 * option tell that it was cut off.
 */
function editedUnits(units: readonly Unit[], { edited, change: { start } }: Reread): Edited {
  const { first, gone, came } = edited;
  const index = units.findLastIndex(
    ({ span }) => span.end <= start && start <= span.end + ELISION_REACH,
  );
  if (index < 0) return edited;
  if (gone + came === 0) return { first: index, gone: 1, came: 1 };
  const more = Math.max(0, first - index);
  return { first: first - more, gone: gone + more, came: came + more };
}

/** The run where it stands after the edit. */
function movedRun(run: Said, change: Change, path: string, whole: () => AnalyzedRun): AnalyzedRun {
  const span = moved(run.span, change);
  const findings = movedFindings(run.findings, path, movesOf(change));
  if (span === undefined || findings === undefined) return whole();
  return new LazyRun({ ...run, span, findings }, whole);
}
