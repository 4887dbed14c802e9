import type { Finding, Fix, RelatedPlace } from '../finding.ts';
import type { RuleContext } from '../rules/context.ts';
import type { Report, Rule } from '../rules/rule.ts';
import type { Change, FixIntent } from '../run/fix-intent.ts';
import type { Settings } from '../settings.ts';
import type { Watch } from '../syntax/watch.ts';
import { english, type Message, say } from '../text/message.ts';
import { type Place, placeOf } from './place.ts';
import type { LoweredRun } from './runs.ts';
import { severityOf } from './severity.ts';

/** A rule that threw: our bug, reported as data. */
export interface RuleFailure {
  readonly rule: string;
  readonly error: string;
}

/** How reports become findings. */
export interface FindingTools {
  readonly settings: Settings;
  readonly failures: RuleFailure[];
  /** Turns an intent into edits; `undefined` when the framework has no spelling for it. */
  resolve(intent: FixIntent, lowered: LoweredRun): Fix | undefined;
}

/** Whether changes of a run can be written into its files. */
export function writesOf(lowered: LoweredRun, { resolve }: FindingTools) {
  return (changes: readonly Change[]): boolean =>
    resolve({ title: say``, safety: 'suggestion', changes }, lowered) !== undefined;
}

/** Everything the rules say of one run. Runs that do not train are judged by their keys alone. */
export function findingsOf(
  lowered: LoweredRun,
  rules: readonly Rule[],
  context: RuleContext,
  tools: FindingTools,
): readonly Finding[] {
  return rulesFor(lowered, rules, tools).flatMap((rule) => runRule(rule, lowered, context, tools));
}

/** What one rule says of a run, and whether it looked at the value that is being edited. */
export interface Judgement {
  readonly rule: Rule;
  readonly findings: readonly Finding[];
  readonly looked: boolean;
}

/** The same, rule by rule, with a watched value. */
export function judgements(
  lowered: LoweredRun,
  rules: readonly Rule[],
  context: RuleContext,
  tools: FindingTools,
  watch: Watch,
): readonly Judgement[] {
  return rulesFor(lowered, rules, tools).map((rule) => {
    const { result, looked } = watch.looksIn(() => runRule(rule, lowered, context, tools));
    return { rule, findings: result, looked };
  });
}

function rulesFor(
  lowered: LoweredRun,
  rules: readonly Rule[],
  { settings }: FindingTools,
): readonly Rule[] {
  return rules.filter(
    (rule) =>
      settings.rules?.[rule.id] !== 'off' &&
      (WITHOUT_TRAINING.has(rule.group) || lowered.recognized.trains),
  );
}

/** Groups of rules that look at what does not train, too. */
const WITHOUT_TRAINING: ReadonlySet<Rule['group']> = new Set(['keys', 'syntax']);

/** What one rule says of a run; that it threw is noted in the tools' failures. */
export function runRule(
  rule: Rule,
  lowered: LoweredRun,
  context: RuleContext,
  tools: FindingTools,
): readonly Finding[] {
  try {
    return [...rule.check(lowered.run, context)].map((report) =>
      toFinding(rule, report, lowered, tools),
    );
  } catch (error) {
    tools.failures.push({ rule: rule.id, error: String(error) });
    return [];
  }
}

function toFinding(rule: Rule, report: Report, lowered: LoweredRun, tools: FindingTools): Finding {
  const { grip } = lowered.recognized;
  const { file, span } = placeOf(report.at, report.onKey === true, grip);
  const fixes = (report.fixes ?? []).map((intent) => tools.resolve(intent, lowered));
  const severity = severityOf(rule, report, lowered, tools.settings);
  const said = (severity === 'error' ? undefined : report.unsure) ?? report.message;
  return {
    rule: rule.id,
    severity,
    claim: report.claim ?? rule.claim,
    message: english(said),
    said,
    file,
    span,
    related: (report.related ?? []).flatMap((one) => related(one, grip, { file, span })),
    fixes: fixes.filter((fix) => fix !== undefined),
    cites: report.cites?.length ? report.cites : rule.cites,
    ...(report.tag === undefined ? {} : { tag: report.tag }),
  };
}

function related(
  one: { readonly at: Report['at']; readonly message: Message },
  grip: Place,
  own: Place,
): readonly RelatedPlace[] {
  const place = placeOf(one.at, false, grip);
  const same = place.file === own.file && place.span.start === own.span.start;
  return same || place === grip
    ? []
    : [{ ...place, message: english(one.message), said: one.message }];
}
