import type { ErrorLine } from '../../logs/training-log.ts';
import { type Phrase, say } from '../../text/message.ts';
import { defineLogRule } from '../rule.ts';

/** The last error line of a run by which a framework refuses what a config shows. */
export const frameworkError = defineLogRule({
  id: 'framework-error',
  severity: 'error',
  claim: 'framework',
  summary: 'ended with an error that its config foretold',
  cites: [],
  *inspect({ runs }) {
    for (const { errors } of runs) {
      const seen = new Set<string>();
      for (const error of errors) {
        if (seen.has(error.rule)) continue;
        seen.add(error.rule);
        yield {
          span: error.span,
          message: message(error),
          explainedBy: { rule: error.rule },
        };
      }
    }
  },
});

function message({ says, rule }: ErrorLine): Phrase {
  return say`${says}: the rule ${rule} tells so before the start`;
}
