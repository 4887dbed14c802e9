import { cite } from '../../facts/citations.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';
import { fp32Weights, switchToBf16 } from './fixes.ts';
import { halfWeights, stopsAtScaler } from './updates.ts';

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
    if (run.trainableDtype.value !== 'float16' || !stopsAtScaler(run)) return;
    yield {
      at: run.precision,
      message: say`the weights that train are fp16 and so are their gradients: the first step stops with "Attempting to unscale FP16 gradients"`,
      fixes: [...switchToBf16(run), ...(halfWeights(run) ? fp32Weights(run, context) : [])],
      related: [
        { at: run.method, message: say`every weight trains, in the dtype it is loaded in` },
      ],
    };
  },
});
