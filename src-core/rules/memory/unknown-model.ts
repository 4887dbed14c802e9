import { known } from '../../run/sourced.ts';
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
    if (model === undefined || model.record !== undefined || !model.suggestions?.length) return;
    yield {
      at: run.model,
      message: `\`${model.text}\` is not in the table of models; close to it: ${model.suggestions.map((id) => `\`${id}\``).join(', ')}. Memory and range are not judged`,
      fixes: model.suggestions.map((id) => ({
        title: `Change to \`${id}\``,
        safety: 'suggestion' as const,
        changes: [{ kind: 'field' as const, field: 'model' as const, to: { text: id } }],
      })),
    };
  },
});
