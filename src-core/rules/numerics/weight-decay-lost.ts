import { cite } from '../../facts/citations.ts';
import { decayLostShare } from '../../probe/optimizer-arithmetic.ts';
import { setField } from '../../run/fix-intent.ts';
import { isWritten, known } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';
import { halfWeights, isAdamLike, stopsAtScaler, unlessCopied } from './updates.ts';

/** Weight decay smaller than half a step of the weights' format. */
export const weightDecayLost = defineRule({
  id: 'weight-decay-lost',
  group: 'numerics',
  severity: 'info',
  claim: 'measured',
  fix: 'unsafe',
  summary: 'sets a weight decay that rounds away in 16-bit weights',
  cites: [cite.bf16Rounding],
  *check(run) {
    const format = halfWeights(run);
    const rate = known(run.learningRate);
    const decay = known(run.weightDecay);
    if (format === undefined || !rate || !decay || !isWritten(run.weightDecay)) return;
    const step = rate * decay;
    if (!isAdamLike(run) || stopsAtScaler(run) || decayLostShare(rate, decay, format) < 1) return;
    yield {
      at: run.weightDecay,
      message: say`weight decay takes ${step.toExponential(1)} of a weight off at each step, and a ${format.name} weight changes by ${(2 ** -(format.mantissaBits + 2)).toExponential(1)} of itself or not at all: the decay has no effect${unlessCopied(run)}`,
      related: [
        { at: run.trainableDtype, message: say`the weights that train are ${format.name}` },
      ],
      fixes: [
        {
          title: say`Set weight decay to 0`,
          safety: 'unsafe',
          changes: [setField('weightDecay', 0)],
        },
      ],
    };
  },
});
