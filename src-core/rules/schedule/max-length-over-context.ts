import { setField } from '../../run/fix-intent.ts';
import { known } from '../../run/sourced.ts';
import { formatCount } from '../../run/units.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';

/** Positions are distances here (T5's buckets, ALiBi): no last one. */
const RELATIVE = /t5|bloom|mpt/;

/** Sequences longer than the positions the model knows. */
export const maxLengthOverContext = defineRule({
  id: 'max-length-over-context',
  group: 'schedule',
  severity: 'warning',
  claim: 'arithmetic',
  fix: 'unsafe',
  summary: "trains on sequences longer than the model's context",
  cites: [{ label: "max_position_embeddings of the model's config.json" }],
  *check(run) {
    const length = known(run.maxLength);
    const record = known(run.model)?.record;
    const context = record?.arch?.maxPositionEmbeddings;
    if (length === undefined || context === undefined || length <= context) return;
    if (record?.basis === 'base' || run.options.has('rope_scaling')) return;
    if (RELATIVE.test(record?.arch?.modelType ?? '')) return;
    yield {
      at: run.maxLength,
      message: say`sequences of up to ${formatCount(length)} tokens, but the model's positions end at ${formatCount(context)}`,
      related: [{ at: run.model, message: say`max_position_embeddings ${formatCount(context)}` }],
      fixes: [
        {
          title: say`Limit to ${formatCount(context)}`,
          safety: 'unsafe',
          changes: [setField('maxLength', context)],
        },
      ],
    };
  },
});
