import { known } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, type ConstraintInput, isOn, isSet } from '../constraint.ts';
import { trainsWeights } from './facts.ts';

const LOAD = 'from_pretrained';

/** Quantised checkpoints that no other quantisation can be asked for (quantizers/auto.py). */
const PACKED = /^(?:gptq|awq|mxfp4)/;
/** Publishers whose checkpoints of that name are in transformers' own fp8, which is not trained. */
const FINE_GRAINED = /^(?:Qwen|deepseek-ai)\//;

/** What transformers says of a checkpoint that is quantised already. */
export const packedConstraints = lazy((): readonly Constraint[] => [
  {
    id: 'packed-anew',
    cite: {
      label: 'transformers quantizers/auto.py, merge_quantization_configs',
      url: 'https://github.com/huggingface/transformers/issues/39939',
    },
    check(input) {
      const { options: o, draft } = input;
      const model = draft.model && known(draft.model);
      const packed = model?.record?.quantized;
      const at = ['BitsAndBytesConfig', LOAD, ''].flatMap((scope) =>
        ['load_in_4bit', 'load_in_8bit'].map((key) => (scope === '' ? key : `${scope}.${key}`)),
      );
      const key = at.find((one) => o.has(one) && isOn(o, one));
      if (model === undefined || packed === undefined || key === undefined) return undefined;
      if (!PACKED.test(packed) || draft.quantization?.value === null || !isLoaded(input))
        return undefined;
      return {
        at: key,
        message: say`the weights of ${model.text} are in ${packed} already: transformers refuses to quantise them again, and the load stops`,
      };
    },
  },
  {
    id: 'fp8-adapters',
    severity: 'warning',
    cite: {
      label: 'transformers trainer_utils.py, validate_quantization_for_training',
      url: 'https://github.com/huggingface/transformers/issues/46736',
    },
    check({ options: o, draft }) {
      const model = draft.model && known(draft.model);
      const adapts = draft.method !== undefined && !trainsWeights(draft.method);
      if (model?.record?.quantized !== 'fp8' || !FINE_GRAINED.test(model.text)) return undefined;
      if (!adapts || isSet(o, `${LOAD}.quantization_config`) || isSet(o, 'model_init_kwargs'))
        return undefined;
      return {
        at: 'model_name_or_path',
        ...(draft.model && { place: draft.model }),
        message: say`transformers does not train over fp8 weights, not even adapters: "that quantization method do not support training". The checkpoint without FP8 can be quantised to 4 bits`,
      };
    },
  },
]);

/** Whether the switch is that of the load: a config that the load is given, or TRL's own option. */
function isLoaded({ options: o, recognized }: ConstraintInput): boolean {
  const load = recognized.sections.find(({ scope }) => scope.id === LOAD);
  if (load === undefined) return recognized.adapter.id === 'trl';
  return (
    isSet(o, `${LOAD}.quantization_config`) ||
    ['load_in_4bit', 'load_in_8bit'].some((key) => o.has(`${LOAD}.${key}`))
  );
}
