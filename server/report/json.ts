import type { Finding, Fix } from '../../src-core/finding.ts';
import type { EstimateSummary } from './estimate-summary.ts';
import {
  COMMAND_PATH,
  type FileReport,
  type Place,
  placesIn,
  type Report,
  type SourceText,
} from './report.ts';
import type { ReportedRun } from './reported-run.ts';
import type { RunSummary } from './run-summary.ts';

/** What `check --format json` prints; `docs/json-output.schema.json` is its schema. */
export interface JsonReport {
  readonly version: 1;
  readonly files: readonly JsonFile[];
}

interface JsonFile {
  readonly path: string;
  /** What the places count in, where that lies in no file. */
  readonly text?: string;
  readonly framework: string | null;
  readonly findings: readonly JsonFinding[];
  readonly run: RunSummary | null;
  readonly estimate: EstimateSummary | null;
  /** Every run of the file, when there are several. */
  readonly runs?: readonly JsonRun[];
}

interface JsonRun {
  readonly start: Place;
  readonly end: Place;
  readonly run: RunSummary;
  readonly estimate: EstimateSummary | null;
}

interface JsonFinding {
  readonly rule: string;
  readonly severity: Finding['severity'];
  readonly claim: Finding['claim'];
  readonly message: string;
  readonly start: Place;
  readonly end: Place;
  readonly fixes: readonly JsonFix[];
  readonly related?: readonly {
    readonly path: string;
    readonly start: Place;
    readonly end: Place;
    readonly message: string;
  }[];
  readonly cites?: Finding['cites'];
  readonly tag?: NonNullable<Finding['tag']>;
}

interface JsonFix {
  readonly title: string;
  readonly safety: Fix['safety'];
  readonly edits: readonly {
    /** Only when the edit is in another file. */
    readonly path?: string;
    readonly start: number;
    readonly end: number;
    readonly text: string;
  }[];
}

/** The report as one JSON object. */
export function jsonReport(report: Report): string {
  return `${JSON.stringify(toJson(report), null, 2)}\n`;
}

/** The report as plain data. */
export function toJson(report: Report): JsonReport {
  return { version: 1, files: report.files.map((file) => jsonFile(file, report)) };
}

function jsonFile(file: FileReport, report: Report): JsonFile {
  const place = placesIn(file);
  const runs = file.runs.map((run) => jsonRun(run, place));
  const first = runs[0];
  return {
    path: file.path,
    ...(file.path === COMMAND_PATH ? { text: file.text } : {}),
    framework: file.framework,
    findings: file.findings.map((finding) => jsonFinding(finding, file, report)),
    run: first?.run ?? null,
    estimate: first?.estimate ?? null,
    ...(runs.length > 1 ? { runs } : {}),
  };
}

/** One run as JSON, its memory as far as it is known. */
export function jsonRun(
  { span, summary, memory }: ReportedRun,
  place: (offset: number) => Place,
): JsonRun {
  return {
    start: place(span.start),
    end: place(span.end),
    run: summary,
    estimate: memory?.summary ?? null,
  };
}

function jsonFinding(finding: Finding, file: FileReport, report: Report): JsonFinding {
  const place = placesIn(file);
  const related = finding.related.map((other) => {
    const there = placesIn(sourceOf(other.file, file, report));
    const { start, end } = other.span;
    return { path: other.file, start: there(start), end: there(end), message: other.message };
  });
  return {
    rule: finding.rule,
    severity: finding.severity,
    claim: finding.claim,
    message: finding.message,
    start: place(finding.span.start),
    end: place(finding.span.end),
    fixes: finding.fixes.map((fix) => jsonFix(fix, file, report)),
    ...(related.length > 0 ? { related } : {}),
    ...(finding.cites.length > 0 ? { cites: finding.cites } : {}),
    ...(finding.tag === undefined ? {} : { tag: finding.tag }),
  };
}

function jsonFix(fix: Fix, file: FileReport, report: Report): JsonFix {
  const edits = fix.files.flatMap((part) => {
    const { bom } = sourceOf(part.file, file, report);
    const elsewhere = part.file === file.path ? {} : { path: part.file };
    return part.edits.map(({ span, text }) => ({
      ...elsewhere,
      start: span.start + bom,
      end: span.end + bom,
      text,
    }));
  });
  return { title: fix.title, safety: fix.safety, edits };
}

function sourceOf(path: string, file: FileReport, report: Report): SourceText {
  return report.sources.get(path) ?? file;
}
