import type { Document } from '../syntax/document.ts';
import type { AnalyzedRun } from './analyzed-run.ts';

/** The commands that take part in runs, by their indices. */
export function startedUnits(document: Document, runs: readonly AnalyzedRun[]): readonly number[] {
  const found = new Set(runs.flatMap((run) => unitsOf(run, document)));
  return [...found].sort((a, b) => a - b);
}

/** The units of the document that a run is made of, by their indices. */
export function unitsOf(run: AnalyzedRun, { units }: Document): readonly number[] {
  if (run.unit !== undefined) return [run.unit];
  const { sections, started } = run.recognized;
  return [...sections, ...(started ? [started] : [])]
    .map(({ unit }) => units.indexOf(unit))
    .filter((index) => index >= 0);
}
