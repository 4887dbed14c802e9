import { known } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { type Constraint, type ConstraintInput, isSet, setOption, textOf } from '../constraint.ts';
import { loadsForFsdp } from '../hf/accelerate.ts';
import { olderThan } from '../since.ts';
import { meansToTrain } from './constraints-training.ts';
import { rejects, zero3 } from './facts.ts';

/** What the name of a quantised upload ends with: `-AWQ`, `-GPTQ-Int4`. */
const SUFFIX = /[-_](gptq|awq)(?:[-_]?(?:int|w)?\d\w{0,40}(?:[-_]\d{1,4}g)?)?$/i;

/** Formats that no release takes apart on load, which alone lets weights be sharded. */
const METHODS: readonly (readonly [RegExp, string])[] = [
  [/^gptq/, 'GPTQ'],
  [/^awq/, 'AWQ'],
  [/^bnb/, 'bitsandbytes'],
];

/** How the checkpoint is quantised: by its config or the table, else by an unmistakable name. */
export function packedBy({ options, draft }: ConstraintInput): string | undefined {
  const record = draft.model === undefined ? undefined : known(draft.model)?.record;
  const name = textOf(options, 'model_name_or_path') ?? '';
  const format = record?.quantized ?? SUFFIX.exec(name)?.[1]?.toLowerCase();
  return format === undefined ? undefined : METHODS.find(([is]) => is.test(format))?.[1];
}

/** Quantised checkpoints cannot be sharded; the check knows FSDP since 0.8.3. */
export const packedSharded: Constraint = rejects(
  'quantized-checkpoint-sharded',
  'model/model_utils/quantization.py',
  (input) => {
    const { options: o, recognized, context } = input;
    const zero = isSet(o, 'deepspeed') && zero3(input);
    const fsdp = loadsForFsdp(recognized.launch, context);
    const sharded = zero || (fsdp && !olderThan(context, 'llamafactory', '0.8.3'));
    const name = textOf(o, 'model_name_or_path');
    const method = packedBy(input);
    if (!sharded || name === undefined || method === undefined || !meansToTrain(input))
      return undefined;
    const config = zero ? textOf(o, 'deepspeed') : undefined;
    const second = config?.replace(/\bds_z3(_offload)?_config\.json$/, 'ds_z2$1_config.json');
    const whole = name.replace(SUFFIX, '');
    const record = context.model(whole).record;
    return {
      at: 'model_name_or_path',
      with: ['deepspeed'],
      message: say`${method} weights cannot be sharded by DeepSpeed ZeRO-3 or FSDP`,
      fixes: [
        ...(second === undefined || second === config ? [] : [setOption('deepspeed', second)]),
        ...(record?.basis === 'table' && record.quantized === undefined
          ? [setOption('model_name_or_path', whole)]
          : []),
      ],
    };
  },
);
