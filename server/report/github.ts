import type { Finding } from '../../src-core/finding.ts';
import type { Severity } from '../../src-core/run/problem.ts';
import { placesIn, type Report } from './report.ts';

const COMMAND: Readonly<Record<Severity, string>> = {
  error: 'error',
  warning: 'warning',
  info: 'notice',
  hint: 'notice',
};

/** One workflow command for each finding: GitHub shows it beside the changed line. */
export function githubReport(report: Report): string {
  const lines = report.files.flatMap((file) => {
    const place = placesIn(file);
    return file.findings.map((finding) => annotation(finding, file.path, place));
  });
  return lines.map((line) => `${line}\n`).join('');
}

function annotation(finding: Finding, path: string, place: ReturnType<typeof placesIn>): string {
  const start = place(finding.span.start);
  const end = place(finding.span.end);
  const oneLine = start.line === end.line;
  const properties = [
    ['file', path],
    ['line', start.line],
    ['endLine', end.line],
    // GitHub takes columns only where the annotation stays on one line.
    ...(oneLine ? [['col', start.column] as const, ['endColumn', end.column] as const] : []),
    ['title', `tunelint ${finding.rule}`],
  ] as const;
  const shown = properties.map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  return `::${COMMAND[finding.severity]} ${shown.join(',')}::${escapeData(withFix(finding))}`;
}

function withFix(finding: Finding): string {
  const [fix] = finding.fixes;
  return fix === undefined ? finding.message : `${finding.message}\nFix: ${fix.title}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
