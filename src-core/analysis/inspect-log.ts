import type { Finding, RelatedPlace } from '../finding.ts';
import { readLog } from '../logs/read-log.ts';
import type { TrainingLog } from '../logs/training-log.ts';
import { rules } from '../rules/index.ts';
import type { LogReport, Rule } from '../rules/rule.ts';
import type { Settings } from '../settings.ts';
import { english, joined, type Message, say } from '../text/message.ts';
import type { SourceFile } from '../text/source-file.ts';
import type { RuleFailure } from './findings.ts';
import { launchFindings } from './log-launch.ts';

/** What the rules of the group `logs` say of a log. */
export interface LogAnalysis {
  readonly findings: readonly Finding[];
  readonly wanted: readonly string[];
  readonly failures: readonly RuleFailure[];
}

interface LogInput {
  readonly file: SourceFile;
  readonly settings: Settings;
  readonly files?: ReadonlyMap<string, string>;
}

/** Reads a log and judges it; what the command that started the run explains stands beside. */
export function inspectLog(input: LogInput): LogAnalysis {
  const log = readLog(input.file);
  const failures: RuleFailure[] = [];
  const reports = rules.flatMap((rule) =>
    reportsOf(rule, log, input.settings, failures).map((report) => ({ rule, report })),
  );
  const isAsked = reports.some(({ report }) => report.explainedBy !== undefined);
  const launch = isAsked ? launchFindings(input, log) : { findings: [], wanted: [] };
  const findings = reports.map(({ rule, report }) =>
    toFinding(rule, report, input, explanations(report, launch.findings)),
  );
  return {
    findings: findings.sort((a, b) => a.span.start - b.span.start),
    wanted: launch.wanted,
    failures,
  };
}

function reportsOf(
  rule: Rule,
  log: TrainingLog,
  settings: Settings,
  failures: RuleFailure[],
): readonly LogReport[] {
  if (rule.inspect === undefined || settings.rules?.[rule.id] === 'off') return [];
  try {
    return [...rule.inspect(log)];
  } catch (error) {
    failures.push({ rule: rule.id, error: String(error) });
    return [];
  }
}

function toFinding(
  rule: Rule,
  report: LogReport,
  { file, settings }: LogInput,
  explained: readonly RelatedPlace[],
): Finding {
  const set = settings.rules?.[rule.id];
  const reported = report.severity ?? rule.severity;
  const related = (report.related ?? []).map((one) => ({
    ...{ file: file.path, span: one.span },
    ...{ message: english(one.message), said: one.message },
  }));
  return {
    rule: rule.id,
    severity: set === undefined || set === 'off' ? reported : set,
    claim: rule.claim,
    message: english(report.message),
    said: report.message,
    file: file.path,
    span: report.span,
    related: [...related, ...explained],
    fixes: [],
    cites: rule.cites,
  };
}

/** Longest list of explanations beside one finding. */
const MOST = 3;

function explanations(
  { explainedBy }: LogReport,
  launch: readonly Finding[],
): readonly RelatedPlace[] {
  if (explainedBy === undefined) return [];
  const explains = (finding: Finding): boolean =>
    'rule' in explainedBy
      ? finding.rule === explainedBy.rule
      : isServed(finding, explainedBy.group);
  return launch
    .filter(explains)
    .slice(0, MOST)
    .map(({ file, span, rule, message, said: found, fixes }) => {
      const ways = fixes.slice(0, 2).map(({ title, said }) => said ?? title);
      const said = say`${rule}: ${found ?? message}${helpOf(ways, /[.?!]$/.test(message))}`;
      return { file, span, message: english(said), said };
    });
}

/** What would help, as a sentence of its own behind one that has `ended` or not. */
function helpOf(ways: readonly Message[], ended: boolean): Message {
  if (ways.length === 0) return '';
  const all = joined(ways, '; ');
  return ended ? say` Would help: ${all}` : say`. Would help: ${all}`;
}

/** Of a group only what was an error or a warning explains a failure. */
function isServed({ rule, severity }: Finding, group: Rule['group']): boolean {
  const found = rules.find(({ id }) => id === rule);
  return found?.group === group && (severity === 'error' || severity === 'warning');
}
