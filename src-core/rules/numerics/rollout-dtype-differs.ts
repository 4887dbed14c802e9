import { cite } from '../../facts/citations.ts';
import { known } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';

/** Reinforcement learning whose samples come from another dtype than its gradients. */
export const rolloutDtypeDiffers = defineRule({
  id: 'rollout-dtype-differs',
  group: 'numerics',
  severity: 'info',
  claim: 'measured',
  fix: 'none',
  summary: 'samples in another dtype than it trains in',
  cites: [cite.rolloutDtype],
  *check(run) {
    if (run.stage.value !== 'grpo' && run.stage.value !== 'ppo') return;
    const rollout = known(run.rolloutDtype);
    const train = known(run.computeDtype);
    if (rollout === undefined || train === undefined || rollout === train) return;
    yield {
      at: run.rolloutDtype,
      message: say`samples are drawn in ${rollout} and trained on in ${train}: the same tokens get other probabilities, which biases the update. One dtype on both sides reduces that; fp16 on both measured best`,
      related: [{ at: run.precision, message: say`training computes in ${train}` }],
    };
  },
});
