import { setField } from '../../run/fix-intent.ts';
import { isWritten, known } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';
import { switchToFlash2 } from './fixes.ts';

/** axolotl's packed samples in bf16 under sdpa. */
export const sdpaPackingBf16 = defineRule({
  id: 'sdpa-packing-bf16',
  group: 'numerics',
  severity: 'warning',
  claim: 'framework',
  fix: 'suggestion',
  summary: 'packs samples under sdpa in bf16, which axolotl warns of',
  cites: [
    {
      label: 'axolotl src/axolotl/utils/schemas/config.py, check_sample_packing_w_sdpa_bf16',
      url: 'https://github.com/axolotl-ai-cloud/axolotl/blob/main/src/axolotl/utils/schemas/config.py',
    },
  ],
  *check(run) {
    const packs = run.framework === 'axolotl' && run.packing.value === true;
    if (!packs || run.attention.value !== 'sdpa' || !isWritten(run.attention)) return;
    const gpu = known(run.gpu);
    if (run.mixedPrecision.value !== 'bf16' || gpu?.computeCapability === 9) return;
    yield {
      at: run.attention,
      message: say`the loss may come out as 0.0: axolotl warns of sdpa in bf16 with the masks that packed samples need. It may work on an H100`,
      related: [{ at: run.packing, message: say`several samples in a row` }],
      fixes: [
        ...switchToFlash2(run, say`Use FlashAttention-2`),
        { title: say`Do not pack`, safety: 'suggestion', changes: [setField('packing', false)] },
      ],
    };
  },
});
