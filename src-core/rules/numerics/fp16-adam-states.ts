import { cite } from '../../facts/citations.ts';
import { fp16 } from '../../probe/formats.ts';
import { squareVanishesBelow, storedEpsilon } from '../../probe/optimizer-arithmetic.ts';
import { known, knownOr } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';
import { fp32Weights, switchToBf16 } from './fixes.ts';
import { halfWeights, isAdamLike, lessSureUnseen, unlessCopied } from './updates.ts';

/** Adam whose moments are kept in fp16. */
export const fp16AdamStates = defineRule({
  id: 'fp16-adam-states',
  group: 'numerics',
  severity: 'error',
  claim: 'measured',
  fix: 'unsafe',
  summary: 'trains fp16 weights with Adam and keeps its moments in fp16',
  cites: [cite.adamFp16],
  *check(run, context) {
    if (halfWeights(run) !== fp16 || !isAdamLike(run) || /8bit|4bit/.test(optimizer(run))) return;
    if (run.lossScaling.value !== 'none') return; // The scaler refuses first: another rule.
    const epsilon = known(run.adamEpsilon);
    if (epsilon === undefined || storedEpsilon(epsilon, fp16) !== 0) return;
    yield {
      at: run.precision,
      ...lessSureUnseen(run),
      message: say`fp16 weights keep Adam's moments in fp16: squares of gradients below ${squareVanishesBelow(knownOr(run.adamBeta2, 0.999), fp16).toPrecision(2)} become 0 as they enter, and so does epsilon ${epsilon}. With gradients near 1e-3 the weights are NaN or thrown far off within 10 steps${unlessCopied(run)}`,
      related: [{ at: run.method, message: say`these weights train themselves` }],
      fixes: [...switchToBf16(run), ...fp32Weights(run, context)],
    };
  },
});

function optimizer(run: Parameters<typeof halfWeights>[0]): string {
  return known(run.optimizer) ?? '';
}
