import type { Finding } from '../../src-core/finding.ts';
import type { Severity } from '../../src-core/run/problem.ts';
import { linesIn } from './lines.ts';
import type { ReportedRun } from './reported-run.ts';

/** The text that findings point into. */
export interface SourceText {
  readonly text: string;
  /** UTF-16 units in front of `text` in the file: 1 with a byte order mark. */
  readonly bom: 0 | 1;
}

/** What there is to say about one file. */
export interface FileReport extends SourceText {
  readonly path: string;
  readonly framework: string | null;
  /** The findings that lie in this file, in order of their place. */
  readonly findings: readonly Finding[];
  readonly runs: readonly ReportedRun[];
}

/** The path of a command that was given in place of a file. */
export const COMMAND_PATH = '<command>';

/** The outcome of a check. Paths in findings are those of the files here. */
export interface Report {
  readonly files: readonly FileReport[];
  /** Every text that a finding or a fix may point into, by path. */
  readonly sources: ReadonlyMap<string, SourceText>;
  /** Rules that failed: mistakes of ours, one line each. */
  readonly crashes: readonly string[];
  /** The fixes that were applied before, as far as they could be. */
  readonly fixed?: 'safe' | 'unsafe';
}

/** From worst to mildest. */
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info', 'hint'];

/** Whether `severity` is as bad as `threshold`, or worse. */
export function reaches(severity: Severity, threshold: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(threshold);
}

/** How many findings there are of each severity. */
export function countBySeverity(findings: readonly Finding[]): Readonly<Record<Severity, number>> {
  const counts = { error: 0, warning: 0, info: 0, hint: 0 };
  for (const { severity } of findings) counts[severity]++;
  return counts;
}

/** A place in a file as people and tools count it: line and column from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
  /** UTF-16 units from the start of the file, a byte order mark counted. */
  readonly offset: number;
}

/** Translates offsets of `source` into places. */
export function placesIn(source: SourceText): (offset: number) => Place {
  return (offset) => {
    const { line, column } = linesIn(source.text).positionAt(offset);
    return { line: line + 1, column: column + 1, offset: offset + source.bom };
  };
}
