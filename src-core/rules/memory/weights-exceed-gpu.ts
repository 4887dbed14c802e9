import { setField } from '../../run/fix-intent.ts';
import { known } from '../../run/sourced.ts';
import type { TrainingRun } from '../../run/training-run.ts';
import { type Bytes, bytes, formatBytes, formatParams } from '../../run/units.ts';
import { isLaunchUnseen } from '../../run/unseen-launch.ts';
import { type Message, say, word } from '../../text/message.ts';
import { hasBf16 } from '../numerics/fixes.ts';
import { defineRule } from '../rule.ts';

/** fp32 base weights that alone are larger than the card. */
export const weightsExceedGpu = defineRule({
  id: 'weights-exceed-gpu',
  group: 'memory',
  severity: 'error',
  claim: 'arithmetic',
  fix: 'unsafe',
  summary: 'loads fp32 weights that alone are larger than the card',
  cites: [{ label: 'parameters x 4 bytes against the memory that nvidia-smi reports' }],
  *check(run) {
    const gpu = known(run.gpu);
    const record = known(run.model)?.record;
    const weights = oversizedWeights(run);
    if (!gpu || record === undefined || weights === undefined) return;
    yield {
      at: run.loadDtype,
      ...(run.openEnded || isLaunchUnseen(run) ? { severity: 'warning' } : {}),
      message: say`${formatParams(record.params)} parameters in fp32 take ${formatBytes(weights)}: more than the ${formatBytes(bytes(gpu.memoryBytes))} of the ${gpu.name}, before anything else${unlessSplit(run)}`,
      fixes: [
        ...(hasBf16(run) === false
          ? []
          : [
              {
                title: say`Load the weights in bfloat16: ${formatBytes(bytes(weights / 2))}`,
                safety: 'unsafe' as const,
                changes: [setField('loadDtype', 'bfloat16')],
              },
            ]),
        {
          title: say`Quantise to 4 bits`,
          safety: 'suggestion',
          changes: [setField('quantization', { method: 'bnb', bits: 4, type: 'nf4' })],
        },
      ],
    };
  },
});

const SPLIT = word(', unless the launch splits it over several cards');

/** What may be otherwise where the launch is not seen. */
export function unlessSplit(run: TrainingRun): Message {
  return isLaunchUnseen(run) ? SPLIT : '';
}

/**
 * Bytes of the fp32 base weights when they alone are more than one card holds; `undefined` when they
 * are not, or when they are (or may be) spread over several cards.
 */
export function oversizedWeights(run: TrainingRun): Bytes | undefined {
  const gpu = known(run.gpu);
  const record = known(run.model)?.record;
  if (!gpu || record === undefined || run.loadDtype.value !== 'float32') return undefined;
  const { tensorParallel, pipelineParallel, engine, worldSize } = run.parallel;
  const spread = tensorParallel.value !== 1 || pipelineParallel.value !== 1;
  const mapped = run.options.has('device_map') && worldSize.value !== 1;
  if (engine.value !== 'none' || spread || mapped || run.quantization.value !== null)
    return undefined;
  const weights = bytes(record.params * 4);
  // Names round their sizes: `7B` is anything from 6.2 to 8.5.
  const sure = record.basis === 'name-size' ? 0.85 : 1;
  return weights * sure > gpu.memoryBytes ? weights : undefined;
}
