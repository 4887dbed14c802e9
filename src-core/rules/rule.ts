import type { TrainingLog } from '../logs/training-log.ts';
import type { FixIntent } from '../run/fix-intent.ts';
import type { ClaimLevel, Severity } from '../run/problem.ts';
import type { Citation, Sourced } from '../run/sourced.ts';
import type { TrainingRun } from '../run/training-run.ts';
import type { Phrase } from '../text/message.ts';
import type { Span } from '../text/span.ts';
import type { RuleContext } from './context.ts';

export type { ClaimLevel, Severity } from '../run/problem.ts';

/** What a rule is about; also the folder it lives in. */
export type RuleGroup =
  | 'numerics'
  | 'memory'
  | 'hardware'
  | 'keys'
  | 'syntax'
  | 'schedule'
  | 'data'
  | 'adapters'
  | 'distributed'
  | 'logs';

/** What a rule reports. Where to underline follows from `at`'s origin. */
export interface Report {
  readonly at: Sourced<unknown>;
  /** Underline the key rather than the value. */
  readonly onKey?: boolean;
  readonly message: Phrase;
  /** Said in its place where the analysis, or a setting, makes an error milder: it then is as sure as that. */
  readonly unsure?: Phrase;
  /** Overrides the rule's severity, never upward past `error`. */
  readonly severity?: Severity;
  readonly claim?: ClaimLevel;
  readonly related?: readonly { readonly at: Sourced<unknown>; readonly message: Phrase }[];
  readonly fixes?: readonly FixIntent[];
  readonly cites?: readonly Citation[];
  readonly tag?: 'unnecessary' | 'deprecated';
}

/** A rule: one file, one page beside it. The id names the bad pattern in kebab-case. */
export interface Rule {
  readonly id: string;
  readonly group: RuleGroup;
  /** The severity it usually reports with. */
  readonly severity: Severity;
  readonly claim: ClaimLevel;
  /** The strongest class of fix it offers, or `none`. */
  readonly fix: 'none' | 'safe' | 'unsafe' | 'suggestion';
  /** Completes "This run ...". */
  readonly summary: string;
  readonly cites: readonly Citation[];
  check(run: TrainingRun, context: RuleContext): Iterable<Report>;
  /** What a rule of the group `logs` says of a training log. */
  inspect?(log: TrainingLog): Iterable<LogReport>;
}

/** What a rule reports of a log: places are spans, since a log has no values that decide. */
export interface LogReport {
  readonly span: Span;
  readonly message: Phrase;
  readonly severity?: Severity;
  readonly related?: readonly { readonly span: Span; readonly message: Phrase }[];
  /** Findings of the command that started the run which explain this: of one rule, or a group. */
  readonly explainedBy?: { readonly rule: string } | { readonly group: RuleGroup };
}

/** Declares a rule that looks at logs and has nothing to say of a config. */
export function defineLogRule(
  rule: Omit<Rule, 'check' | 'group' | 'fix'> & Required<Pick<Rule, 'inspect'>>,
): Rule {
  return { ...rule, group: 'logs', fix: 'none', check: () => [] };
}

/** Declares a rule. */
export function defineRule(rule: Rule): Rule {
  return rule;
}
