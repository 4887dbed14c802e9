import { cite } from '../../facts/citations.ts';
import { isWritten, known } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';
import { modelName, switchToEager, switchToFlash2 } from './fixes.ts';

/** An attention kernel that leaves a model's soft-cap out. */
export const softcapIgnored = defineRule({
  id: 'softcap-ignored',
  group: 'numerics',
  severity: 'warning',
  claim: 'framework',
  fix: 'suggestion',
  summary: 'picks an attention that leaves out the soft-cap of its scores',
  cites: [cite.sdpaSoftcap],
  *check(run) {
    const cap = known(run.model)?.record?.arch?.attnSoftcap;
    if (cap === undefined || run.attention.value !== 'sdpa' || !isWritten(run.attention)) return;
    yield {
      at: run.attention,
      message: say`${modelName(run)} caps its attention scores at ${cap}, and sdpa silently leaves that out: the model computes something else than it was trained to`,
      fixes: [switchToEager(), ...switchToFlash2(run, say`Use FlashAttention-2 (2.6 or newer)`)],
    };
  },
});
