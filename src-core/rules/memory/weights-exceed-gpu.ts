import { setField } from '../../run/fix-intent.ts';
import { known } from '../../run/sourced.ts';
import { bytes, formatBytes, formatParams } from '../../run/units.ts';
import { switchToBf16 } from '../numerics/fixes.ts';
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
    if (!gpu || record === undefined || run.loadDtype.value !== 'float32') return;
    const spread = [run.parallel.tensorParallel, run.parallel.pipelineParallel];
    const sharded = run.parallel.zeroStage.value === 3 || run.parallel.engine.value !== 'none';
    if (sharded || spread.some((part) => part.value !== 1) || run.quantization.value !== null)
      return;
    const weights = bytes(record.params * 4);
    if (weights <= gpu.memoryBytes) return;
    yield {
      at: run.loadDtype,
      message: `${formatParams(record.params)} parameters in fp32 take ${formatBytes(weights)}: more than the ${formatBytes(bytes(gpu.memoryBytes))} of the ${gpu.name}, before anything else`,
      fixes: [
        ...switchToBf16(run),
        {
          title: 'Quantise to 4 bits',
          safety: 'suggestion',
          changes: [setField('quantization', { method: 'bnb', bits: 4, type: 'nf4' })],
        },
      ],
    };
  },
});
