import { familyOf } from '../../facts/families.ts';
import { setField } from '../../run/fix-intent.ts';
import { isWritten, known } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import type { Constraint } from '../constraint.ts';

/** Those that choose the attention of such a model themselves. */
const CHOOSE = new Set(['llamafactory', 'unsloth']);

/**
 * A model with attention sinks (gpt-oss) has `_supports_sdpa = False` in every release of transformers from 4.55 to
 * 5.16: asked for by name, sdpa is refused, where the default gives way to eager.
 */
export const sdpaWithSinks: Constraint = {
  id: 'sdpa-with-sinks',
  cite: {
    label: 'transformers modeling_utils.py, _sdpa_can_dispatch; models/gpt_oss/modeling_gpt_oss.py',
  },
  check({ draft: { attention, model }, recognized }) {
    if (attention?.value !== 'sdpa' || !isWritten(attention)) return undefined;
    if (CHOOSE.has(recognized.adapter.id)) return undefined;
    const ref = model && known(model);
    const type = ref?.record?.arch?.modelType;
    if (ref === undefined || type === undefined || familyOf(type)?.sinks !== true) return undefined;
    return {
      at: 'attn_implementation',
      place: attention,
      message: say`${ref.record?.id ?? ref.text} has attention sinks, which sdpa does not: transformers refuses it. Eager and flex_attention have them`,
      fixes: [
        {
          title: say`Use eager attention`,
          safety: 'suggestion',
          changes: [setField('attention', 'eager')],
        },
      ],
    };
  },
};
