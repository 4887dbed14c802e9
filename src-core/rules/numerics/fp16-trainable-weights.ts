import { cite } from '../../facts/citations.ts';
import type { DType } from '../../facts/dtypes.ts';
import type { Sourced } from '../../run/sourced.ts';
import type { TrainingRun } from '../../run/training-run.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';
import { loadInFp32, switchToBf16 } from './fixes.ts';
import { lessSureUnseen, scaledIn, unlessCopied } from './updates.ts';

/** GradScaler meets fp16 gradients. */
export const fp16TrainableWeights = defineRule({
  id: 'fp16-trainable-weights',
  group: 'numerics',
  severity: 'error',
  claim: 'framework',
  fix: 'unsafe',
  summary: 'trains fp16 weights under a GradScaler',
  cites: [cite.unscaleFp16],
  *check(run, context) {
    const half = scaledIn(run, 'float16');
    if (half === undefined) return;
    yield {
      at: run.precision,
      ...lessSureUnseen(run),
      message: say`the weights that train are fp16 and so are their gradients: the first step stops with "Attempting to unscale FP16 gradients"${unlessCopied(run)}`,
      fixes: [...switchToBf16(run), ...loadInFp32(run, context)],
      related: [asLoaded(run, half)],
    };
  },
});

/** Why that is fp16. */
function asLoaded(run: TrainingRun, half: Sourced<DType>) {
  if (half === run.savedDtype)
    return { at: half, message: say`these modules train whole, in the dtype they are loaded in` };
  const adapts = run.method.value === 'lora' || run.method.value === 'dora';
  return adapts
    ? { at: half, message: say`the adapters stay in the dtype of the weights` }
    : { at: run.method, message: say`every weight trains, in the dtype it is loaded in` };
}
