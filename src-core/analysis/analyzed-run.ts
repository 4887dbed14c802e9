import type { Finding } from '../finding.ts';
import type { RuleContext } from '../rules/context.ts';
import { rules } from '../rules/index.ts';
import type { TrainingRun } from '../run/training-run.ts';
import type { Document } from '../syntax/document.ts';
import type { Watch } from '../syntax/watch.ts';
import type { Span } from '../text/span.ts';
import { type FindingTools, findingsOf, type Judgement, judgements, writesOf } from './findings.ts';
import { ruleContext } from './rule-context.ts';
import type { LoweredRun } from './runs.ts';

/** One training run of the file, with its numbers on demand. */
export interface AnalyzedRun extends LoweredRun {
  readonly run: TrainingRun;
  readonly framework: string;
  /** The command word or the first key. */
  readonly span: Span;
  readonly trains: boolean;
  readonly numbers: RuleContext;
  /** What the rules say of it, comments that silence them aside. */
  readonly findings: readonly Finding[];
  /** Index of the one unit of the file that the run is, when it is no more than that. */
  readonly unit?: number | undefined;
  /** The findings rule by rule, when a value was watched. */
  readonly judged?: readonly Judgement[] | undefined;
}

/** How runs are judged. */
export interface Judging {
  readonly tools: FindingTools;
  /** Whether to look for settings that fit. */
  readonly search: boolean;
  readonly watch: Watch | undefined;
}

/** Judges a run of `document`. */
export function analyzedRun(
  lowered: LoweredRun,
  document: Document,
  { tools, search, watch }: Judging,
): AnalyzedRun {
  const { sections, adapter, grip, trains } = lowered.recognized;
  const numbers = ruleContext(lowered.run, search ? writesOf(lowered, tools) : undefined, watch);
  const [unit, ...others] = new Set(sections.map((section) => section.unit));
  const own = others.length === 0 && unit !== undefined && grip.file === document.file.path;
  const index = own && unit.kind === 'command' ? document.units.indexOf(unit) : -1;
  const judged = watch && judgements(lowered, rules, numbers, tools, watch);
  return {
    ...lowered,
    framework: adapter.id,
    span: grip.span,
    trains,
    numbers,
    findings: judged?.flatMap((one) => one.findings) ?? findingsOf(lowered, rules, numbers, tools),
    ...(index >= 0 && { unit: index }),
    ...(judged && { judged }),
  };
}

/** What is said of a run. */
export type Said = Pick<
  AnalyzedRun,
  'unit' | 'joined' | 'framework' | 'trains' | 'span' | 'findings'
>;

/** What is said of a run, without what it holds. */
export function saidOf({ unit, joined, framework, trains, span, findings }: Said): Said {
  return { unit, joined, framework, trains, span, findings };
}

/** What is said of a run, some of it anew, and the rest on demand. Holds nothing of an earlier text. */
export class LazyRun implements AnalyzedRun {
  readonly unit: number | undefined;
  readonly joined: boolean | undefined;
  readonly framework: string;
  readonly trains: boolean;
  readonly span: Span;
  readonly findings: readonly Finding[];
  private readonly whole: () => AnalyzedRun;

  constructor(said: Said, whole: () => AnalyzedRun) {
    this.unit = said.unit;
    this.joined = said.joined;
    this.framework = said.framework;
    this.trains = said.trains;
    this.span = said.span;
    this.findings = said.findings;
    this.whole = whole;
  }

  get recognized() {
    return this.whole().recognized;
  }

  get options() {
    return this.whole().options;
  }

  get follows() {
    return this.whole().follows;
  }

  get run() {
    return this.whole().run;
  }

  get numbers() {
    return this.whole().numbers;
  }
}

/** Makes something when it is first asked for; `RangeError` when there is nothing. */
export function late<T>(make: () => T | undefined): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    if (made === undefined) throw new RangeError('a run is gone without an edit');
    return made;
  };
}
