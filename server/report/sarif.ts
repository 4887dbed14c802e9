import type { Finding, Fix } from '../../src-core/finding.ts';
import type { Rule } from '../../src-core/rules/rule.ts';
import type { Severity } from '../../src-core/run/problem.ts';
import type { Span } from '../../src-core/text/span.ts';
import { placesIn, type Report, type SourceText } from './report.ts';

/** What the report says about the tool itself. */
export interface SarifTool {
  readonly version: string;
  readonly rules: readonly Rule[];
  /** The page of a rule as Markdown. */
  page(rule: string): string | undefined;
  /** Its address, when the project has a home. */
  pageUri(rule: string): string | undefined;
}

const LEVEL: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
  hint: 'note',
};

/** The report as SARIF 2.1.0, for code scanning services. */
export function sarifReport(report: Report, tool: SarifTool): string {
  const indexOf = new Map(tool.rules.map((rule, index) => [rule.id, index]));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'TuneLint',
            semanticVersion: tool.version,
            rules: tool.rules.map((rule) => descriptor(rule, tool)),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: report.files.flatMap((file) =>
          file.findings.map((finding) => result(finding, indexOf.get(finding.rule), report, file)),
        ),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function descriptor(rule: Rule, tool: SarifTool): object {
  const page = tool.page(rule.id);
  const uri = tool.pageUri(rule.id);
  return {
    id: rule.id,
    shortDescription: { text: `This run ${rule.summary}.` },
    ...(page === undefined ? {} : { help: { text: page, markdown: page } }),
    ...(uri === undefined ? {} : { helpUri: uri }),
    defaultConfiguration: { level: LEVEL[rule.severity] },
    properties: { group: rule.group, claim: rule.claim, fix: rule.fix },
  };
}

function result(
  finding: Finding,
  ruleIndex: number | undefined,
  report: Report,
  file: SourceText,
): object {
  const source = (path: string) => report.sources.get(path) ?? file;
  const related = finding.related.map((other) => ({
    ...location(other.file, other.span, source(other.file)),
    message: { text: other.message },
  }));
  return {
    ruleId: finding.rule,
    ...(ruleIndex === undefined ? {} : { ruleIndex }),
    level: LEVEL[finding.severity],
    message: { text: finding.message },
    locations: [location(finding.file, finding.span, source(finding.file))],
    ...(related.length > 0 ? { relatedLocations: related } : {}),
    ...(finding.fixes.length > 0
      ? { fixes: finding.fixes.map((fix) => sarifFix(fix, source)) }
      : {}),
    properties: { claim: finding.claim, cites: finding.cites },
  };
}

function sarifFix(fix: Fix, source: (path: string) => SourceText): object {
  return {
    description: { text: fix.title },
    artifactChanges: fix.files.map(({ file, edits }) => ({
      artifactLocation: { uri: toUri(file) },
      replacements: edits.map(({ span, text }) => ({
        deletedRegion: region(span, source(file)),
        ...(text === '' ? {} : { insertedContent: { text } }),
      })),
    })),
  };
}

function location(path: string, span: Span, source: SourceText): object {
  return {
    physicalLocation: {
      artifactLocation: { uri: toUri(path) },
      region: region(span, source),
    },
  };
}

function region(span: Span, source: SourceText): object {
  const place = placesIn(source);
  const start = place(span.start);
  const end = place(span.end);
  return {
    startLine: start.line,
    startColumn: start.column,
    endLine: end.line,
    endColumn: end.column,
  };
}

/** A relative URI stays relative; an absolute path becomes a `file:` URI. */
export function toUri(path: string): string {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  if (path.startsWith('/')) return `file://${encoded}`;
  return /^[a-z]:\//i.test(path) ? `file:///${path.slice(0, 2)}${encoded.slice(4)}` : encoded;
}
