import { cite } from '../../facts/citations.ts';
import { bf16 } from '../../probe/formats.ts';
import { movedShare } from '../../probe/optimizer-arithmetic.ts';
import { known } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';
import { fp32Weights } from './fixes.ts';
import { losesUpdates, unlessCopied } from './updates.ts';

/** Pure bf16 training at a learning rate whose updates mostly round away. */
export const bf16UpdatesLost = defineRule({
  id: 'bf16-updates-lost',
  group: 'numerics',
  severity: 'warning',
  claim: 'measured',
  fix: 'unsafe',
  summary: 'trains bf16 weights at a learning rate whose updates mostly round away',
  cites: [cite.bf16Updates, cite.bf16Rounding],
  *check(run, context) {
    const rate = known(run.learningRate);
    if (!losesUpdates(run) || rate === undefined) return;
    yield {
      at: run.learningRate,
      message: say`bf16 weights without an fp32 copy: an Adam step of ${rate.toExponential()} changes about ${percent(movedShare(rate, bf16))} of typical weights, the rest rounds back to what it was${unlessCopied(run)}`,
      related: [{ at: run.trainableDtype, message: say`the weights that train are bf16` }],
      fixes: fp32Weights(run, context),
    };
  },
});

/** `1.9 %`, `16 %`. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}
