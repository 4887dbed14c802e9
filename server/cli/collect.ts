import path from 'node:path';
import type { Finding } from '../../src-core/finding.ts';
import { type AnalyzedRun, isTrainingFile } from '../../src-core/index.ts';
import type { FileReport, Report, ReportedRun, SourceText } from '../report/report.ts';
import { type Checked, type CheckOptions, checkFile, relatedReader } from './check-file.ts';
import { decode } from './encoding.ts';
import { gatherInputs, type InputFile, type InputProblem, languageIn } from './inputs.ts';
import { type Io, UsageError } from './io.ts';
import { Launched } from './launched.ts';

/** The files of a command line: those to check, and what went wrong on the way to them. */
export interface Collected {
  readonly files: readonly InputFile[];
  readonly problems: readonly InputProblem[];
}

/** Reads the named paths; `-`, or a name for stdin, reads stdin. */
export function collect(
  paths: readonly string[],
  stdinName: string | undefined,
  io: Io,
): Collected {
  if (stdinName !== undefined && paths.some((name) => name !== '-'))
    throw new UsageError('--stdin-filename names standard input: no paths beside it');
  const onDisk = paths.filter((name) => name !== '-');
  const { files, problems } = gatherInputs(onDisk, io.cwd, isTrainingFile);
  if (stdinName === undefined && onDisk.length === paths.length) return { files, problems };
  return { files: [fromStdin(stdinName ?? '-', io), ...files], problems };
}

function fromStdin(name: string, io: Io): InputFile {
  const decoded = decode(io.readStdin());
  if (decoded === undefined) throw new UsageError('standard input is not text');
  const language = languageIn(name === '-' ? '-.log' : name, decoded.text, isTrainingFile);
  if (language === undefined)
    throw new UsageError(
      name === '-'
        ? 'the language of standard input is not known: add --stdin-filename train.sh'
        : `${name}: not the name of a shell, YAML, JSON or Python file, and no training log`,
    );
  return { ...decoded, path: name, language, named: true };
}

/** Of which runs the report shows the memory. */
export type Estimated = (run: AnalyzedRun) => boolean;

/** Checks every file and sorts the findings by the file they lie in. */
export function checkAll(
  files: readonly InputFile[],
  options: CheckOptions,
  cwd: string,
  estimated: Estimated,
): Report {
  const sources = new Map<string, SourceText>(files.map((file) => [file.path, file]));
  const findings = new Map<string, readonly Finding[]>();
  const launched = new Launched(cwd);
  const crashes: string[] = [];
  const heads = new Map<string, Pick<FileReport, 'framework' | 'runs'>>();
  for (const file of files) {
    const checked = checkInput(file, options, cwd);
    const nameOf = namesOf(checked, sources, cwd);
    for (const { path: shown, ...source } of checked.related.values())
      if (!sources.has(nameOf(shown))) sources.set(nameOf(shown), source);
    launched.note(file.path, checked);
    const said = checked.analysis.findings.map((finding) => renamed(finding, nameOf));
    findings.set(file.path, said);
    const { framework, runs, failures } = checked.analysis;
    const trained = runs.filter((run) => run.trains);
    heads.set(file.path, { framework, runs: trained.map((run) => reported(run, estimated)) });
    for (const { rule, error } of failures) crashes.push(`${file.path}: rule ${rule}: ${error}`);
  }
  const heard = [...findings].flatMap(([file, said]) => (launched.elsewhere(file) ? [] : said));
  return { files: sortIntoFiles(heard, heads, sources), sources, crashes };
}

/** What the report needs of a run: a thousand analyses would not fit into memory. */
function reported(run: AnalyzedRun, estimated: Estimated): ReportedRun {
  const estimate = estimated(run) ? run.numbers.estimate() : undefined;
  return { run: run.run, span: run.span, numbers: { estimate: () => estimate } };
}

/** Checks one file; what it names is read from the disk. */
export function checkInput(file: InputFile, options: CheckOptions, cwd: string): Checked {
  return checkFile(file, options, relatedReader(cwd));
}

/** From the path that the core uses to the one that the reports show. */
export function namesOf(
  { related }: Checked,
  sources: ReadonlyMap<string, SourceText>,
  cwd: string,
): (file: string) => string {
  if (related.size === 0) return (file) => file;
  const byPlace = new Map([...sources.keys()].map((shown) => [path.resolve(cwd, shown), shown]));
  return (file) => {
    const shown = related.get(file)?.path ?? file;
    return byPlace.get(path.resolve(cwd, shown)) ?? shown;
  };
}

/** The finding with every path put through `nameOf`. */
export function renamed(finding: Finding, nameOf: (file: string) => string): Finding {
  return {
    ...finding,
    file: nameOf(finding.file),
    related: finding.related.map((other) => ({ ...other, file: nameOf(other.file) })),
    fixes: finding.fixes.map((fix) => ({
      ...fix,
      files: fix.files.map((part) => ({ ...part, file: nameOf(part.file) })),
    })),
  };
}

function sortIntoFiles(
  findings: readonly Finding[],
  heads: ReadonlyMap<string, Pick<FileReport, 'framework' | 'runs'>>,
  sources: ReadonlyMap<string, SourceText>,
): readonly FileReport[] {
  const byFile = new Map<string, Map<string, Finding>>();
  for (const finding of findings) {
    const { file, rule, message, span } = finding;
    const own = byFile.get(file) ?? new Map<string, Finding>();
    const key = `${span.start} ${span.end} ${rule} ${message}`;
    if (!own.has(key)) own.set(key, finding);
    byFile.set(file, own);
  }
  return [...new Set([...heads.keys(), ...byFile.keys()])].map((name) => ({
    path: name,
    text: sources.get(name)?.text ?? '',
    bom: sources.get(name)?.bom ?? 0,
    framework: heads.get(name)?.framework ?? null,
    runs: heads.get(name)?.runs ?? [],
    findings: [...(byFile.get(name)?.values() ?? [])].sort(
      (a, b) => a.span.start - b.span.start || a.span.end - b.span.end,
    ),
  }));
}
