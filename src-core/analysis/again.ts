import type { Analysis, AnalyzedRun } from '../analyze.ts';
import type { FileEdits, Finding, Fix } from '../finding.ts';
import { ELISION_REACH } from '../frameworks/elided.ts';
import type { Document, Unit } from '../syntax/document.ts';
import type { Reread } from '../syntax/reparse.ts';
import { type Change, holds, moved } from '../text/change.ts';
import type { Span } from '../text/span.ts';

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
    const whole = once(() => judged(index)[nth]);
    const still = old[index] === document.units[index];
    runs.push(still ? lazyRun(run, whole) : movedRun(run, change, document.file.path, whole));
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
  const findings = run.findings.map((finding) => movedFinding(finding, change, path));
  if (span === undefined || findings.some((one) => one === undefined)) return whole();
  return lazyRun(
    { ...pick(run), span, findings: findings.filter((one) => one !== undefined) },
    whole,
  );
}

type Said = Pick<AnalyzedRun, 'unit' | 'joined' | 'framework' | 'trains' | 'span' | 'findings'>;

function pick({ unit, joined, framework, trains, span, findings }: Said): Said {
  return { unit, joined, framework, trains, span, findings };
}

/** What is said of a run, and the rest on demand. Holds nothing of an earlier text. */
function lazyRun(said: Said, whole: () => AnalyzedRun): AnalyzedRun {
  return {
    ...pick(said),
    get recognized() {
      return whole().recognized;
    },
    get options() {
      return whole().options;
    },
    get run() {
      return whole().run;
    },
    get numbers() {
      return whole().numbers;
    },
  };
}

/** Makes the run when it is first asked for. An unedited command is the same run as before. */
function once(make: () => AnalyzedRun | undefined): () => AnalyzedRun {
  let made: AnalyzedRun | undefined;
  return () => {
    made ??= make();
    if (made === undefined) throw new RangeError('a run is gone without an edit');
    return made;
  };
}

/** The finding with every place of the edited file moved; `undefined` when a place was edited. */
function movedFinding(finding: Finding, change: Change, path: string): Finding | undefined {
  let torn = false;
  const place = (span: Span): Span => {
    const to = holds(span, change) ? undefined : moved(span, change);
    torn ||= to === undefined;
    return to ?? span;
  };
  const put = <T extends { readonly file: string; readonly span: Span }>(one: T): T =>
    one.file === path ? { ...one, span: place(one.span) } : one;
  const edits = (part: FileEdits): FileEdits =>
    part.file !== path
      ? part
      : { ...part, edits: part.edits.map((edit) => ({ ...edit, span: place(edit.span) })) };
  const fixes = finding.fixes.map((fix): Fix => ({ ...fix, files: fix.files.map(edits) }));
  const result = { ...put(finding), related: finding.related.map(put), fixes };
  return torn ? undefined : result;
}
