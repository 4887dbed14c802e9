import { known } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  isOff,
  isOn,
  isSet,
  mayBeOn,
  removeOption,
  setOption,
  textOf,
} from '../constraint.ts';

/** How to quantise, which only `quantization_bit` sets off. */
const HOW = ['quantization_method', 'quantization_type', 'double_quantization'];

/** What does not go with quantised weights (hparams/parser.py). */
const AGAINST = ['pissa_init', 'resize_vocab', 'fp8'];

/** A way to quantise without a number of bits: the weights load as they are. */
export const quantizationWithoutBits: Constraint = {
  id: 'quantization-without-bits',
  rule: 'ignored-key',
  severity: 'warning',
  cite: {
    label:
      'LLaMA-Factory src/llamafactory/model/model_utils/quantization.py, configure_quantization',
  },
  check(input) {
    const { options: o, draft } = input;
    const [at, ...others] = HOW.filter((key) => isSet(o, key) && !isOff(o, key));
    if (at === undefined || !isOn(o, 'do_train')) return undefined;
    if (isSet(o, 'quantization_bit') || isSet(o, 'export_quantization_bit')) return undefined;
    // A checkpoint that is quantised needs no bits.
    const record = draft.model && known(draft.model)?.record;
    if (record === undefined || record.quantized !== undefined) return undefined;
    return {
      at,
      onKey: true,
      message: say`without quantization_bit LLaMA-Factory reads no \`${at}\`: the base model loads unquantised and takes its full memory`,
      fixes: [
        ...(isFree(input) ? [setOption('quantization_bit', 4)] : []),
        ...(others.length === 0 ? [removeOption(at)] : []),
      ],
    };
  },
};

/** Whether 4 bits of bitsandbytes go with everything else. */
function isFree({ options: o }: ConstraintInput): boolean {
  if (textOf(o, 'finetuning_type') !== 'lora' || isSet(o, 'adapter_name_or_path')) return false;
  const bnb = !o.has('quantization_method') || textOf(o, 'quantization_method') === 'bnb';
  return bnb && !AGAINST.some((key) => mayBeOn(o, key));
}
