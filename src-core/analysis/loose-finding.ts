import type { Finding } from '../finding.ts';
import type { Rule } from '../rules/rule.ts';
import type { Settings } from '../settings.ts';
import { english, type Message } from '../text/message.ts';

/** A finding of no run, in the name of `rule`; none where the rule is off. */
export function looseFinding(
  { id, severity, claim, cites }: Rule,
  { rules }: Settings,
  said: Message,
  more: Pick<Finding, 'file' | 'span'> & Partial<Finding>,
): readonly Finding[] {
  const set = rules?.[id];
  if (set === 'off') return [];
  const message = english(said);
  const usual = { rule: id, severity, claim, message, said, related: [], fixes: [], cites };
  return [{ ...usual, ...more, ...(set && { severity: set }) }];
}
