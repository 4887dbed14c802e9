import { defineRule } from '../rule.ts';

/**
 * Options that stand behind the end of their command. What a run does not see no rule can look for:
 * `analysis/cut-off.ts` reports it in this rule's name.
 */
export const cutOffCommand = defineRule({
  id: 'cut-off-command',
  group: 'syntax',
  severity: 'error',
  claim: 'framework',
  fix: 'safe',
  summary: 'is a command that ends before its options do',
  cites: [
    {
      label: 'Bash manual: escape character',
      url: 'https://www.gnu.org/software/bash/manual/html_node/Escape-Character.html',
    },
    {
      label: 'Bash manual: comments',
      url: 'https://www.gnu.org/software/bash/manual/html_node/Comments.html',
    },
  ],
  *check() {},
});
