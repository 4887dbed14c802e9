import path from 'node:path';
import type { Finding } from '../../src-core/finding.ts';
import { identityOf, isSurer } from '../launches.ts';
import type { FileReport, Report, SourceText } from '../report/report.ts';
import type { InputFile } from './inputs.ts';
import { Launched } from './launched.ts';
import type { Conditions, Outcome } from './outcome.ts';
import { type Helpers, outcomesOf } from './threads.ts';

/** Checks every file and sorts the findings by the file they lie in. */
export async function checkAll(
  files: readonly InputFile[],
  conditions: Conditions,
  helpers: Helpers,
): Promise<Report> {
  const outcomes = await outcomesOf(files, conditions, helpers);
  const sources = new Sources(files, conditions.cwd);
  const findings = new Map<string, readonly Finding[]>();
  const launched = new Launched(conditions.cwd);
  const crashes: string[] = [];
  const heads = new Map<string, Outcome>();
  for (const [file, outcome] of outcomes) {
    const nameOf = sources.take(outcome);
    launched.note(file.path, outcome.launches);
    const said = outcome.findings.map((finding) => renamed(finding, nameOf));
    findings.set(file.path, said);
    heads.set(file.path, outcome);
    for (const { rule, error } of outcome.failures)
      crashes.push(`${file.path}: rule ${rule}: ${error}`);
  }
  const heard = [...findings].flatMap(([file, said]) => (launched.elsewhere(file) ? [] : said));
  return { files: sortIntoFiles(heard, heads, sources.texts), sources: sources.texts, crashes };
}

/** The texts that the reports show, each under one name. */
class Sources {
  readonly texts: Map<string, SourceText>;
  private readonly byPlace = new Map<string, string>();
  private readonly cwd: string;

  constructor(files: readonly InputFile[], cwd: string) {
    this.cwd = cwd;
    this.texts = new Map(files.map((file) => [file.path, file]));
    for (const { path: shown } of files) this.byPlace.set(this.placeOf(shown), shown);
  }

  /**
   * Takes in the files that one file names; gives the way from the path that its findings use to the one
   * that the reports show.
   */
  take({ related }: Outcome): (file: string) => string {
    const names = new Map(
      related.map(({ name, path: shown }) => [
        name,
        this.byPlace.get(this.placeOf(shown)) ?? shown,
      ]),
    );
    const nameOf = (file: string) => names.get(file) ?? file;
    for (const { name, text, bom } of related) {
      const shown = nameOf(name);
      if (this.texts.has(shown)) continue;
      this.texts.set(shown, { text, bom });
      this.byPlace.set(this.placeOf(shown), shown);
    }
    return nameOf;
  }

  private placeOf(shown: string): string {
    return path.resolve(this.cwd, shown);
  }
}

/** The finding with every path put through `nameOf`. */
function renamed(finding: Finding, nameOf: (file: string) => string): Finding {
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
  heads: ReadonlyMap<string, Outcome>,
  sources: ReadonlyMap<string, SourceText>,
): readonly FileReport[] {
  const byFile = new Map<string, Map<string, Finding>>();
  for (const finding of findings) {
    const own = byFile.get(finding.file) ?? new Map<string, Finding>();
    const identity = identityOf(finding);
    const known = own.get(identity);
    if (known === undefined || isSurer(finding, known)) own.set(identity, finding);
    byFile.set(finding.file, own);
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
