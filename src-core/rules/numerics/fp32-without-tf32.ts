import { setField } from '../../run/fix-intent.ts';
import { known } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { oversizedWeights } from '../memory/weights-exceed-gpu.ts';
import { defineRule } from '../rule.ts';

/** fp32 products on a card that has tf32. */
export const fp32WithoutTf32 = defineRule({
  id: 'fp32-without-tf32',
  group: 'numerics',
  severity: 'info',
  claim: 'framework',
  fix: 'unsafe',
  summary: 'multiplies in fp32 on a card that has tf32',
  cites: [
    {
      label: 'PyTorch CUDA semantics: tf32 is off for matrix products unless asked for',
      url: 'https://docs.pytorch.org/docs/stable/notes/cuda.html',
    },
  ],
  *check(run) {
    const gpu = known(run.gpu);
    if (!gpu?.tf32 || run.computeDtype.value !== 'float32' || run.mixedPrecision.value !== 'none')
      return;
    if (run.options.has('tf32') || run.options.bool('torch_compile').value === true) return;
    if (run.quantization.value !== null || oversizedWeights(run) !== undefined) return;
    yield {
      at: run.computeDtype,
      message: say`tf32 is off: products run in fp32 on the plain units of the ${gpu.name}. On its tensor cores tf32 keeps fp32's range with 11 significant bits`,
      fixes: [{ title: say`Turn tf32 on`, safety: 'unsafe', changes: [setField('tf32', true)] }],
    };
  },
});
