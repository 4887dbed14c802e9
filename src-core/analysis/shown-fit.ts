import { type Verdict, verdict } from '../estimate/verdict.ts';
import type { Finding } from '../finding.ts';
import { doesNotFit } from '../rules/memory/does-not-fit.ts';
import { weightsExceedGpu } from '../rules/memory/weights-exceed-gpu.ts';
import { known } from '../run/sourced.ts';
import type { AnalyzedRun } from './analyzed-run.ts';

/** Whether a run fits its card as lines, marks, hovers and reports show it. */
export interface ShownFit {
  /** What the words say: `does-not-fit` only where a finding is an error. */
  readonly kind: Verdict['kind'];
  /** What the colour says: that of the finding; none where the run fits. */
  readonly severity?: 'error' | 'warning' | 'hint';
}

const ABOUT_MEMORY: ReadonlySet<string> = new Set([doesNotFit.id, weightsExceedGpu.id]);

/** Whether a finding says what `shownFit` says. */
export const isAboutFit = ({ rule }: Pick<Finding, 'rule'>): boolean => ABOUT_MEMORY.has(rule);

/**
 * Follows what the rules say of the run: samples that may be shorter, or a part that nobody states, make a
 * finding milder, and a line that says more than the finding would be wrong. `undefined` without a card
 * or an estimate.
 */
export function shownFit({ run, numbers, findings }: AnalyzedRun): ShownFit | undefined {
  const gpu = known(run.gpu);
  const estimate = gpu ? numbers.estimate() : undefined;
  if (!gpu || estimate === undefined) return undefined;
  const { kind } = verdict(estimate, gpu.memoryBytes);
  if (kind === 'fits') return { kind };
  const said = findings.filter(isAboutFit).map((one) => one.severity);
  if (said.includes('error')) return { kind, severity: 'error' };
  const milder = kind === 'does-not-fit' ? 'unlikely' : kind;
  return { kind: milder, severity: said.includes('warning') ? 'warning' : 'hint' };
}
