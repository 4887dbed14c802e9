import type { FixIntent } from '../run/fix-intent.ts';
import type { ClaimLevel, Severity } from '../run/problem.ts';
import type { Citation, Sourced } from '../run/sourced.ts';
import type { TrainingRun } from '../run/training-run.ts';
import type { RuleContext } from './context.ts';

export type { ClaimLevel, Severity } from '../run/problem.ts';

/** What a rule is about; also the folder it lives in. */
export type RuleGroup =
  | 'numerics'
  | 'memory'
  | 'hardware'
  | 'keys'
  | 'schedule'
  | 'adapters'
  | 'distributed';

/** What a rule reports. Where to underline follows from `at`'s origin. */
export interface Report {
  readonly at: Sourced<unknown>;
  /** Underline the key rather than the value. */
  readonly onKey?: boolean;
  readonly message: string;
  /** Overrides the rule's severity, never upward past `error`. */
  readonly severity?: Severity;
  readonly claim?: ClaimLevel;
  readonly related?: readonly { readonly at: Sourced<unknown>; readonly message: string }[];
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
}

/** Declares a rule. */
export function defineRule(rule: Rule): Rule {
  return rule;
}
