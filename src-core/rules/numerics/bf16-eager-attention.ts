import { cite } from '../../facts/citations.ts';
import { english, say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';
import { modelName, switchToSdpa } from './fixes.ts';

/** bf16 scores of eager attention, where their rounding is known to hurt. */
export const bf16EagerAttention = defineRule({
  id: 'bf16-eager-attention',
  group: 'numerics',
  severity: 'warning',
  claim: 'measured',
  fix: 'suggestion',
  summary: 'computes eager attention in bf16 for a model with large attention scores',
  cites: [cite.qwen2EagerBf16],
  *check(run, { probe }) {
    if (run.computeDtype.value !== 'bfloat16' || run.attention.value !== 'eager') return;
    const note = probe()?.notes.find((one) => english(one).includes('eager attention'));
    if (note === undefined) return;
    yield {
      at: run.attention,
      message: say`eager attention rounds q·k to 8 bits before it is scaled, and ${modelName(run)} has large ones. ${note}`,
      fixes: [switchToSdpa()],
    };
  },
});
