import type { Finding } from '../../src-core/finding.ts';
import type { Safety } from '../../src-core/run/fix-intent.ts';
import type { Severity } from '../../src-core/run/problem.ts';
import { fixLines } from './fix-preview.ts';
import { codeFrame, type Mark } from './frame.ts';
import { memoryLine, memoryTable } from './memory.ts';
import { countBySeverity, type FileReport, placesIn, type Report, SEVERITIES } from './report.ts';
import type { ReportedRun } from './reported-run.ts';
import type { Paint, Style } from './style.ts';
import { wrap } from './width.ts';

/** The report for a person at a terminal. `quiet` leaves out runs, and everything when all is well. */
export function prettyReport(report: Report, style: Style, quiet = false): string {
  if (quiet && report.files.every((file) => file.findings.length === 0)) return '';
  const single = report.files.length === 1;
  const files = single ? report.files : report.files.filter((file) => file.findings.length > 0);
  const lines = files.flatMap((file) => [
    ...fileLines(file, report, style, quiet ? 'none' : single ? 'table' : 'line'),
    '',
  ]);
  const text = `${[...lines, ...closingLines(report, style)].join('\n')}\n`;
  return style.unicode ? text : text.replaceAll('·', '-').replaceAll('…', '~');
}

function fileLines(
  file: FileReport,
  report: Report,
  style: Style,
  memory: 'table' | 'line' | 'none',
): readonly string[] {
  const framework = file.framework === null ? '' : style.dim(`  ${file.framework}`);
  const runs = memory === 'none' ? [] : file.runs.flatMap((run) => runLines(run, style, memory));
  return [
    style.bold(file.path) + framework,
    '',
    ...file.findings.flatMap((finding) => [...findingLines(finding, file, report, style), '']),
    ...runs,
  ].slice(0, -1);
}

/** One run: its title, and the memory of one GPU as far as it is known. */
export function runLines(
  { summary, card, memory }: ReportedRun,
  style: Style,
  shown: 'table' | 'line',
): readonly string[] {
  const title = wrap(summary.title, style.columns - 2).map((line) => `  ${style.bold(line)}`);
  if (memory === undefined) return [...title, ''];
  if (shown === 'table') return [...title, '', ...memoryTable(memory, card, style), ''];
  // Among many files, only where the card is known.
  return card === undefined
    ? [...title, '']
    : [...title, `  ${memoryLine(memory, card.memoryBytes, style)}`, ''];
}

function findingLines(
  finding: Finding,
  file: FileReport,
  report: Report,
  style: Style,
): readonly string[] {
  const paint = style[finding.severity];
  const { line, column } = placesIn(file)(finding.span.start);
  const bar = style.dim(style.unicode ? '│' : '|');
  const corner = style.dim(style.unicode ? '╭─' : '-->');
  return [
    ...messageLines(finding, style, paint),
    `    ${corner} ${file.path}:${line}:${column} ${style.dim(`[${finding.rule}]`)}`,
    ...codeFrame(file.text, marksOf(finding), style, paint),
    `    ${bar}`,
    ...elsewhere(finding, report, style),
    ...evidence(finding, style),
    ...fixLines(finding, file, report, style),
  ];
}

function messageLines(finding: Finding, style: Style, paint: Paint): readonly string[] {
  const name = finding.severity;
  const lines = wrap(finding.message, style.columns - name.length - 2);
  return lines.map((line, i) =>
    i === 0
      ? `${paint(name)}  ${style.bold(line)}`
      : `${' '.repeat(name.length + 2)}${style.bold(line)}`,
  );
}

function marksOf(finding: Finding): readonly Mark[] {
  const related = finding.related
    .filter((other) => other.file === finding.file)
    .map((other) => ({ span: other.span, label: other.message, main: false }));
  return [{ span: finding.span, main: true }, ...related];
}

/** Related places in other files, one line each. */
function elsewhere(finding: Finding, report: Report, style: Style): readonly string[] {
  return finding.related
    .filter((other) => other.file !== finding.file)
    .flatMap((other) => {
      const source = report.sources.get(other.file) ?? { text: '', bom: 0 as const };
      const { line, column } = placesIn(source)(other.span.start);
      return noted(`${other.file}:${line}:${column} ${other.message}`, style, (text) => text);
    });
}

function evidence({ claim, cites }: Finding, style: Style): readonly string[] {
  const shown = cites.map(({ label, url }) => (url === undefined ? label : `${label} <${url}>`));
  const text = shown.length === 0 ? [] : [`${claim}: ${shown.join('; ')}`];
  return text.flatMap((line) => noted(line, style, style.dim));
}

/** A line behind `=`, wrapped. */
function noted(text: string, style: Style, paint: Paint): readonly string[] {
  return wrap(text, style.columns - 6).map(
    (line, i) => `    ${i === 0 ? style.dim('=') : ' '} ${paint(line)}`,
  );
}

/** `1 error, 2 warnings in 1 file`, and what can be done about them. */
function closingLines(report: Report, style: Style): readonly string[] {
  const findings = report.files.flatMap((file) => file.findings);
  const files = `${report.files.length} ${plural('file', report.files.length)}`;
  if (findings.length === 0) return [`${style.good('clean')}  ${files} checked`];
  const counts = countBySeverity(findings);
  const parts = SEVERITIES.filter((severity) => counts[severity] > 0).map((severity) =>
    countText(severity, counts[severity], style),
  );
  return [`${parts.join(', ')} in ${files}${fixHint(findings, report.fixed)}`];
}

function countText(severity: Severity, count: number, style: Style): string {
  return style[severity](`${count} ${severity === 'info' ? 'info' : plural(severity, count)}`);
}

/** What calling again with a fix would mend. */
function fixHint(findings: readonly Finding[], fixed: Report['fixed']): string {
  if (fixed === 'unsafe') return '';
  const mended = (...kinds: readonly Safety[]) =>
    findings.filter(({ fixes }) => fixes.some(({ safety }) => kinds.includes(safety))).length;
  const [safe, all] = [mended('safe'), mended('safe', 'unsafe')];
  const parts = [
    ...(safe > 0 && fixed === undefined ? [`--fix mends ${safe}`] : []),
    ...(all > safe ? [`--fix-unsafe mends ${all}`] : []),
  ];
  return parts.length === 0 ? '' : `; ${parts.join(', ')}`;
}

function plural(word: string, count: number): string {
  return count === 1 ? word : `${word}s`;
}
