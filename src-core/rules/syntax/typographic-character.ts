import { defineRule } from '../rule.ts';

/**
 * A command with characters of a word processor in place of a shell's. What a run does not see no rule can look
 * for: `analysis/typographic.ts` reports it in this rule's name.
 */
export const typographicCharacter = defineRule({
  id: 'typographic-character',
  group: 'syntax',
  severity: 'error',
  claim: 'framework',
  fix: 'unsafe',
  summary: 'is a command with dashes, quotes or blanks that mean nothing to a shell',
  cites: [
    {
      label: 'Bash manual: quoting, and what parts words',
      url: 'https://www.gnu.org/software/bash/manual/html_node/Shell-Syntax.html',
    },
  ],
  *check() {},
});
