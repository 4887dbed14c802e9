import { defineRule } from '../rule.ts';

/**
 * A continued command with `\r\n` at its line ends. Said once for a file: `analysis/cut-off.ts` reports it
 * in this rule's name.
 */
export const windowsLineEnds = defineRule({
  id: 'windows-line-ends',
  group: 'syntax',
  severity: 'warning',
  claim: 'framework',
  fix: 'none',
  summary: 'is a command over several lines of a script with Windows line ends',
  cites: [
    {
      label: 'Bash manual: escape character',
      url: 'https://www.gnu.org/software/bash/manual/html_node/Escape-Character.html',
    },
  ],
  *check() {},
});
