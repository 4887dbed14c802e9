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
  cites: [
    {
      label: 'transformers #33317: perplexity 7.9967 with eager, 7.1330 with sdpa',
      url: 'https://github.com/huggingface/transformers/pull/33317',
    },
  ],
  *check(run, { probe }) {
    if (run.computeDtype.value !== 'bfloat16' || run.attention.value !== 'eager') return;
    const note = probe()?.notes.find((text) => text.includes('eager attention'));
    if (note === undefined) return;
    yield {
      at: run.attention,
      message: `eager attention rounds q·k to 8 bits before it is scaled, and ${modelName(run)} has large ones. ${note}`,
      fixes: [switchToSdpa()],
    };
  },
});
