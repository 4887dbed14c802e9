import type { Finding } from '../finding.ts';
import type { Settings } from '../settings.ts';
import type { Document } from '../syntax/document.ts';
import type { AnalyzedRun } from './analyzed-run.ts';
import { cutOffFindings } from './cut-off.ts';
import { headedFindings } from './headed-line.ts';
import { quotedFindings } from './quoted-variable.ts';
import { spacedFindings } from './spaced-assignment.ts';
import { typographicFindings } from './typographic.ts';
import { unexportedFindings } from './unexported.ts';

/** What a shell makes of a script that starts runs, and no run can show. */
export function shellFindings(
  document: Document,
  runs: readonly AnalyzedRun[],
  settings: Settings,
): readonly Finding[] {
  return [
    ...cutOffFindings(document, runs, settings),
    ...unexportedFindings(document, runs, settings),
    ...typographicFindings(document, runs, settings),
    ...spacedFindings(document, settings),
    ...headedFindings(document, settings),
    ...quotedFindings(document, runs, settings),
  ];
}
