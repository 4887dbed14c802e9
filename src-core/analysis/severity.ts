import type { Report, Rule } from '../rules/rule.ts';
import type { Severity } from '../run/problem.ts';
import { writtenOrigin } from '../run/sourced.ts';
import type { Settings } from '../settings.ts';
import type { Node } from '../syntax/document.ts';
import type { LoweredRun } from './runs.ts';

/** A setting replaces the rule's usual severity and keeps a milder report as mild. */
export function severityOf(
  rule: Rule,
  report: Report,
  lowered: LoweredRun,
  settings: Settings,
): Severity {
  const said = report.severity ?? rule.severity;
  const reported = milder(said, doubts(rule, report, lowered));
  const set = settings.rules?.[rule.id];
  return set === undefined || set === 'off' ? reported : set;
}

const MILDER: Readonly<Record<Severity, Severity>> = {
  error: 'warning',
  warning: 'info',
  info: 'hint',
  hint: 'hint',
};

function milder(severity: Severity, steps: number): Severity {
  return steps === 0 ? severity : milder(MILDER[severity], steps - 1);
}

/** Rules about keys, whatever their values are. */
const NAMES = /^(?:unknown|ignored|renamed|removed|duplicate)-key$/;

/**
 * Steps down, where values are defaults of the program's arguments, which a command line may set: two for
 * what is said of such a value by itself, which the program may never use.
 */
function doubts({ group, id }: Rule, { at }: Report, { options }: LoweredRun): number {
  if (NAMES.test(id)) return 0;
  const value = writtenOrigin(at)?.entry.value;
  const own = value !== undefined && isDefault(value);
  if (group === 'keys' && own) return 2;
  if (group === 'keys' && id !== 'rejected-combination' && value !== undefined) return 0;
  return options.entries.some(({ entry }) => isDefault(entry.value)) ? 1 : 0;
}

function isDefault(value: Node): boolean {
  return value.kind === 'scalar' && value.argument?.is === 'default';
}
