import { type CodeAction, CodeActionKind } from 'vscode-languageserver';
import { say } from '../../src-core/text/message.ts';
import type { Host } from '../host.ts';
import { LIST_RULES, RULE_SCHEME, type RuleItem } from '../proto/requests.ts';
import { toDiagnostic } from '../proto/to-proto.ts';
import type { Seen } from '../seen.ts';
import { guarded, type Shell } from '../shell.ts';

/** The client's command that opens a rule's page. */
const EXPLAIN = 'tunelint.explainRule';

/** The address of a rule's page: our own client has a scheme for it, others open the file beside the server. */
export function ruleLinks(
  { rulePages }: Shell['shows'],
  { pages }: Host,
): (rule: string) => string | undefined {
  const folder = rulePages ? `${RULE_SCHEME}:` : pages;
  return (rule) => (folder === undefined ? undefined : `${folder}/${rule}.md`);
}

/** Opens the pages of the rules, for clients that can show them. */
export function explanations(shell: Shell, findings: Seen['findings']): CodeAction[] {
  if (!shell.shows.rulePages) return [];
  const byRule = new Map(findings.map((one) => [one.finding.rule, one]));
  return [...byRule].map(([rule, { view, finding }]) => {
    const title = shell.say(say`Explain ${rule}`);
    return {
      title,
      kind: CodeActionKind.QuickFix,
      diagnostics: [toDiagnostic(view, finding, shell)], // without one editors put it last
      command: { title, command: EXPLAIN, arguments: [rule] },
    };
  });
}

/** Lists the rules for the client's picker. */
export function registerRules({ connection, core, say: localize }: Shell): void {
  connection.onRequest<RuleItem[], never>(
    LIST_RULES,
    guarded<unknown, RuleItem[]>(connection, LIST_RULES, [], async () =>
      core.rules.map(({ id, summary }) => ({ id, summary: localize(say`A run that ${summary}`) })),
    ),
  );
}
