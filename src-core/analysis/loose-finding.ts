import type { Finding, Fix } from '../finding.ts';
import type { Rule } from '../rules/rule.ts';
import type { Safety } from '../run/fix-intent.ts';
import type { Settings } from '../settings.ts';
import type { TextEdit } from '../text/edit.ts';
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

/** A fix in one file, which may change the training unless it is said to be safe. */
export function looseFix(
  file: string,
  said: Message,
  edits: readonly TextEdit[],
  safety: Safety = 'unsafe',
): Fix {
  return { title: english(said), said, safety, files: [{ file, edits }] };
}
