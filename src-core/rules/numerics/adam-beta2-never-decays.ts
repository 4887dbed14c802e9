import { cite } from '../../facts/citations.ts';
import { bf16 } from '../../probe/formats.ts';
import { unchangedShare } from '../../probe/optimizer-arithmetic.ts';
import { setField } from '../../run/fix-intent.ts';
import { isWritten, known, UNKNOWN } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';
import { percent } from './bf16-updates-lost.ts';
import { hasNoCopy, isAdamLike, losesUpdates, stopsAtScaler, unlessCopied } from './updates.ts';

/** A second moment in bf16 that cannot decay. */
export const adamBeta2NeverDecays = defineRule({
  id: 'adam-beta2-never-decays',
  group: 'numerics',
  severity: 'warning',
  claim: 'measured',
  fix: 'unsafe',
  summary: 'keeps a second moment in bf16 that its beta2 cannot make decay',
  cites: [cite.adamBf16],
  *check(run) {
    const beta2 = known(run.adamBeta2);
    const states = run.optimizerDtype.value;
    if (beta2 === undefined || states !== 'bfloat16' || !isAdamLike(run)) return;
    if (!hasNoCopy(run) || beta2 >= 1 || run.learningRate.value === UNKNOWN) return;
    if (losesUpdates(run) || stopsAtScaler(run)) return;
    if (/8bit|4bit/.test(known(run.optimizer) ?? '')) return;
    const stuck = unchangedShare(beta2, bf16);
    if (stuck < 0.5) return;
    yield {
      at: run.adamBeta2,
      severity: isWritten(run.adamBeta2) ? 'warning' : 'info',
      message: say`in bf16 v x ${beta2} rounds back to v${stuck === 1 ? '' : say`, for ${percent(stuck)} of values`}: the second moment rises with large gradients and never falls again, so steps only get smaller${unlessCopied(run)}`,
      related: [{ at: run.optimizerDtype, message: say`Adam's moments are kept in bf16` }],
      fixes: [
        { title: say`Set beta2 to 0.95`, safety: 'unsafe', changes: [setField('adamBeta2', 0.95)] },
      ],
    };
  },
});
