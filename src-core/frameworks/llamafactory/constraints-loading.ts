import type { ModelRecord } from '../../facts/model.ts';
import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, isOn, isSet, numberOf, removeOption, textOf } from '../constraint.ts';
import { items, rejects, zero3 } from './facts.ts';

const ADAPTER = 'model/adapter.py';

/** What is refused, or left out, while the model is loaded and the data are encoded. */
export const loadingConstraints = lazy((): readonly Constraint[] => [
  rejects('several-adapters', ADAPTER, (input) => {
    const { options: o } = input;
    const names = items(textOf(o, 'adapter_name_or_path'));
    const other = zero3(input) ? 'deepspeed' : isOn(o, 'use_unsloth') ? 'use_unsloth' : undefined;
    if (names.length < 2 || other === undefined || isSet(o, 'quantization_bit')) return undefined;
    return {
      at: 'adapter_name_or_path',
      with: [other],
      message: say`\`${other}\` takes a single adapter: merge them first`,
    };
  }),
  {
    ...rejects('new-tokens-quantized', 'model/model_utils/embedding.py', ({ options: o }) => {
      const keys = ['add_tokens', 'add_special_tokens', 'new_special_tokens_config'];
      const key = keys.find((name) => isSet(o, name));
      // With resize_vocab the check of parser.py speaks.
      if (key === undefined || !isSet(o, 'quantization_bit') || isOn(o, 'resize_vocab'))
        return undefined;
      return {
        at: key,
        onKey: true,
        with: ['quantization_bit'],
        message: say`new tokens need more embeddings, and those of a quantised model cannot be resized: it stops unless the model has all of them already`,
        fixes: [removeOption('quantization_bit')],
      };
    }),
    severity: 'warning',
  },
  {
    ...rejects('rope-scaling-within', 'model/model_utils/rope.py', ({ options: o, draft }) => {
      const positions = positionsOf(draft.model && known(draft.model)?.record);
      const length = numberOf(o, 'cutoff_len');
      if (!isSet(o, 'rope_scaling') || !isOn(o, 'do_train') || positions === undefined)
        return undefined;
      if (length === undefined || length > positions) return undefined;
      return {
        at: 'rope_scaling',
        with: ['cutoff_len'],
        message: say`rope_scaling stays off: cutoff_len ${length} is within the ${positions} positions that the model has`,
        fixes: [removeOption('rope_scaling')],
      };
    }),
    rule: 'ignored-key',
    severity: 'warning',
  },
]);

/**
 * Positions that a model has without scaling. Where its config scales them already, rope.py takes what they
 * were before, which is 4,096 at the least.
 */
function positionsOf(record: ModelRecord | undefined): number | undefined {
  const arch = record?.arch;
  if (arch?.maxPositionEmbeddings === undefined || record?.basis !== 'table') return undefined;
  const plain = /^qwen[23]/.test(arch.modelType);
  return plain ? arch.maxPositionEmbeddings : Math.min(arch.maxPositionEmbeddings, 4096);
}
