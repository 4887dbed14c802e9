import { cite } from '../../facts/citations.ts';
import { known } from '../../run/sourced.ts';
import type { TrainingRun } from '../../run/training-run.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';
import { modelName, switchToBf16, switchToSdpa } from './fixes.ts';

/** Architectures whose attention scores others had to keep in fp32. */
const REPORTED = new Set(['phi', 'phi3', 'gpt_neox', 'gpt2']);

/** Eager attention in fp16 where others met overflow, and no figure is published. */
export const fp16EagerAttention = defineRule({
  id: 'fp16-eager-attention',
  group: 'numerics',
  severity: 'warning',
  claim: 'reported',
  fix: 'unsafe',
  summary: 'computes eager attention in fp16 for a model whose scores are reported to overflow',
  cites: [cite.phi2Fp16, cite.fp32Scores],
  *check(run, { probe }) {
    if (!hasReportedScores(run) || probe()?.verdict === 'overflow') return;
    yield {
      at: run.attention,
      message: say`eager attention stores q·k in fp16 before it is scaled, and scores of the family of ${modelName(run)} were reported to leave fp16. sdpa and flash attention keep them in fp32`,
      fixes: [switchToSdpa(), ...switchToBf16(run)],
    };
  },
});

/** Whether eager fp16 attention meets an architecture with such reports. */
export function hasReportedScores(run: TrainingRun): boolean {
  const type = known(run.model)?.record?.arch?.modelType;
  return (
    run.computeDtype.value === 'float16' &&
    run.attention.value === 'eager' &&
    type !== undefined &&
    REPORTED.has(type)
  );
}
