import { pinPlace } from '../../src-core/analysis/pin-files.ts';
import type { Finding } from '../../src-core/finding.ts';
import type { Analysis, AnalyzedRun } from '../../src-core/index.ts';
import { known } from '../../src-core/run/sourced.ts';
import type { FileReport, SourceText } from '../report/report.ts';
import { reportedRun } from '../report/reported-run.ts';
import { type Checked, type CheckOptions, checkFile, readerFor } from './check-file.ts';
import type { InputFile } from './inputs.ts';
import { type Launching, launchingOf } from './launched.ts';

/** Of which runs the report shows the memory: of all, of those whose card is known, or of none. */
export type Estimated = 'all' | 'with card' | 'none';

/** What files are checked under. */
export interface Conditions {
  readonly options: CheckOptions;
  readonly cwd: string;
  readonly estimated: Estimated;
}

/**
 * What is kept of one checked file: plain data, as a thousand analyses would not fit into memory, and as
 * another thread can send it.
 */
export interface Outcome extends Pick<FileReport, 'framework' | 'runs'> {
  readonly findings: readonly Finding[];
  /** Files that the config names; nothing is said in those that pin releases. */
  readonly related: readonly RelatedText[];
  readonly launches: Launching;
  readonly failures: Analysis['failures'];
}

/** The text of a file that a config names. */
export interface RelatedText extends SourceText {
  /** The path that the findings know it under. */
  readonly name: string;
  /** As the reports show it. */
  readonly path: string;
}

/** Checks one file; what it names is read from the disk. */
export function checkInput(file: InputFile, options: CheckOptions, cwd: string): Checked {
  return checkFile(file, options, readerFor(options, cwd));
}

/** The outcome of one file. */
export function outcomeOf(file: InputFile, { options, cwd, estimated }: Conditions): Outcome {
  const checked = checkInput(file, options, cwd);
  const { framework, runs, findings, failures } = checked.analysis;
  const trained = runs.filter((run) => run.trains);
  return {
    framework,
    runs: trained.map((run) => reportedRun(run, isEstimated(run, estimated))),
    findings: findings.map(plain),
    related: [...checked.related].flatMap(([name, { path, text, bom }]) =>
      pinPlace(name) ? [] : [{ name, path, text, bom }],
    ),
    launches: launchingOf(checked),
    failures,
  };
}

function isEstimated({ run }: AnalyzedRun, estimated: Estimated): boolean {
  return estimated === 'all' || (estimated === 'with card' && Boolean(known(run.gpu)));
}

/** The finding in English alone. */
function plain({ said: _, ...finding }: Finding): Finding {
  return {
    ...finding,
    related: finding.related.map(({ said: _, ...place }) => place),
    fixes: finding.fixes.map(({ said: _, ...fix }) => fix),
  };
}
