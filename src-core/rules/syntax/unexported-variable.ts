import { defineRule } from '../rule.ts';

/**
 * A variable of the environment that a script sets for itself alone. What a run is not given no rule can look
 * for: `analysis/unexported.ts` reports it in this rule's name.
 */
export const unexportedVariable = defineRule({
  id: 'unexported-variable',
  group: 'syntax',
  severity: 'warning',
  claim: 'framework',
  fix: 'unsafe',
  summary: 'sets a variable for a command that does not get it',
  cites: [
    {
      label: 'Bash manual: environment',
      url: 'https://www.gnu.org/software/bash/manual/html_node/Environment.html',
    },
  ],
  *check() {},
});
