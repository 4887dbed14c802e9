import { type CodeAction, CodeActionKind } from 'vscode-languageserver';
import type { Finding } from '../../src-core/finding.ts';
import { say } from '../../src-core/text/message.ts';
import type { Host } from '../host.ts';
import { LIST_RULES, RULE_SCHEME, type RuleItem } from '../proto/requests.ts';
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
export function explanations(
  { shows, say: localize }: Shell,
  findings: readonly Finding[],
): CodeAction[] {
  if (!shows.rulePages) return [];
  return [...new Set(findings.map(({ rule }) => rule))].map((rule) => {
    const title = localize(say`Explain ${rule}`);
    return {
      title,
      kind: CodeActionKind.QuickFix,
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
