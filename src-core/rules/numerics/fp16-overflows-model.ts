import { citationOf, cite } from '../../facts/citations.ts';
import type { QuickVerdict } from '../../probe/verdict.ts';
import type { TrainingRun } from '../../run/training-run.ts';
import { formatCount } from '../../run/units.ts';
import { type Message, say, word } from '../../text/message.ts';
import { defineRule } from '../rule.ts';
import { hasBf16, modelName, switchToBf16, switchToFp32, switchToSdpa } from './fixes.ts';

/** Half precision for a model whose published activations do not fit it. */
export const fp16OverflowsModel = defineRule({
  id: 'fp16-overflows-model',
  group: 'numerics',
  severity: 'error',
  claim: 'measured',
  fix: 'unsafe',
  summary: 'computes in fp16 a model whose published activations leave its range',
  cites: [cite.qwen2EagerFp16, cite.gemma3Activations, cite.t5Fp16],
  *check(run, context) {
    if (run.computeDtype.value !== 'float16') return;
    const verdict = context.probe();
    if (verdict?.verdict !== 'overflow') return;
    const eager = verdict.firstOverflow?.op === 'qk';
    const narrow = hasBf16(run) === false && !eager;
    const last = narrow ? switchToFp32(run, context) : [];
    const bare = narrow ? say`. This card has no bf16` : '';
    yield {
      at: run.precision,
      message: say`${describe(modelName(run), verdict)}. fp16 ends at 65,504${bare}`,
      severity: isMeasured(verdict) && !samples(run) ? 'error' : 'warning',
      claim: verdict.basis.kind === 'reported' ? 'reported' : 'measured',
      fixes: [...(eager ? [switchToSdpa()] : []), ...switchToBf16(run), ...last],
      related: eager
        ? [
            {
              at: run.attention,
              message: say`eager attention stores q·k in fp16 before scaling it`,
            },
          ]
        : [],
      cites: verdict.basis.source === undefined ? [] : [citationOf(verdict.basis.source)],
    };
  },
});

/** Reinforcement learning, where fp16 on both sides can be the better choice. */
function samples({ stage }: TrainingRun): boolean {
  return stage.value === 'grpo' || stage.value === 'ppo';
}

/** A figure was published of a model of this size: activations past the limit, or Qwen2's perplexity. */
function isMeasured({ basis }: QuickVerdict): boolean {
  if (basis.kind === 'family') return basis.sameSize === true;
  return basis.kind !== 'reported' || /qwen/i.test(basis.model ?? '');
}

function describe(name: string, { firstOverflow, basis, outcome }: QuickVerdict): Message {
  const shown = basis.model?.slice(basis.model.lastIndexOf('/') + 1);
  if (basis.kind === 'reported') {
    const alike = shown === undefined || shown === name ? '' : say`. ${name} is built alike`;
    return say`${shown ?? name} in fp16: ${outcome ?? ''}${alike}`;
  }
  const value = firstOverflow?.value;
  const size = value === undefined ? word('more') : formatCount(value);
  const layer = firstOverflow?.layer === undefined ? '' : say` of layer ${firstOverflow.layer}`;
  const who =
    basis.kind === 'measured' ? name : say`${basis.model ?? say`a sibling`}, a sibling of ${name},`;
  return say`${who} reaches ${size} at \`${firstOverflow?.op ?? say`the residual`}\`${layer}`;
}
