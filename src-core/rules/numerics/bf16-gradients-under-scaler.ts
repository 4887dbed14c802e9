import { cite } from '../../facts/citations.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';
import { loadInFp32, switchToBf16 } from './fixes.ts';
import { lessSureUnseen, scaledIn, unlessCopied } from './updates.ts';

/** GradScaler meets bf16 gradients. */
export const bf16GradientsUnderScaler = defineRule({
  id: 'bf16-gradients-under-scaler',
  group: 'numerics',
  severity: 'error',
  claim: 'framework',
  fix: 'unsafe',
  summary: 'trains bf16 weights under the loss scaler of fp16',
  cites: [cite.unscaleBf16],
  *check(run, context) {
    const half = scaledIn(run, 'bfloat16');
    if (half === undefined) return;
    yield {
      at: run.precision,
      ...lessSureUnseen(run),
      message: say`the weights that train are bf16, and so are their gradients; the scaler of fp16 has no kernel for them: the first step stops with "_amp_foreach_non_finite_check_and_unscale_cuda" not implemented for 'BFloat16'${unlessCopied(run)}`,
      related: [{ at: half, message: say`the weights that train are bf16` }],
      fixes: [...switchToBf16(run), ...loadInFp32(run, context)],
    };
  },
});
