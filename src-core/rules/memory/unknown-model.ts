import { known, writtenOrigin } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';

/** A hub id that looks like a slip of a known one. */
export const unknownModel = defineRule({
  id: 'unknown-model',
  group: 'memory',
  severity: 'info',
  claim: 'arithmetic',
  fix: 'suggestion',
  summary: 'names a model that the table does not have, close to one that it has',
  cites: [{ label: 'the table of models' }],
  *check(run) {
    const model = known(run.model);
    const at = writtenOrigin(run.model);
    if (!model?.suggestions?.length || at === undefined) return;
    const guessed = model.record === undefined ? '' : ', from its name only its size is known';
    yield {
      at: run.model,
      message: say`\`${model.text}\` is not in the table of models; close to it: ${model.suggestions.map((id) => `\`${id}\``).join(', ')}${guessed}`,
      fixes: model.suggestions.map((id) => ({
        title: say`Change to \`${id}\``,
        safety: 'suggestion' as const,
        changes: [{ kind: 'value' as const, at, to: id }],
      })),
    };
  },
});
