import { defineRule } from '../rule.ts';

/**
 * A GPU name that fits no card, or several. Said once for a file, where the name stands, whatever
 * its runs: `analysis/hardware-finding.ts` reports it in this rule's name.
 */
export const unknownGpu = defineRule({
  id: 'unknown-gpu',
  group: 'hardware',
  severity: 'warning',
  claim: 'arithmetic',
  fix: 'suggestion',
  summary: 'is judged on a GPU whose name no card has, or several',
  cites: [{ label: 'the table of GPUs' }],
  *check() {},
});
