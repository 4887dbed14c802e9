import { setField } from '../../run/fix-intent.ts';
import { known, writtenOrigin } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';

/** The scaler of FSDP 1 and the fused Adam disagree on the shape of a flag. */
export const fusedAdamUnderShardedScaler = defineRule({
  id: 'fused-adam-under-sharded-scaler',
  group: 'distributed',
  severity: 'error',
  claim: 'measured',
  fix: 'safe',
  summary: 'steps a fused AdamW under the fp16 scaler of FSDP 1',
  cites: [
    {
      label: 'pytorch #140514: fused AdamW takes a found_inf of shape ()',
      url: 'https://github.com/pytorch/pytorch/issues/140514',
    },
    { label: 'measured on two H200: torch 2.11, accelerate 1.15, transformers 5.17' },
  ],
  *check(run) {
    const { parallel, optimizer, mixedPrecision, maxGradNorm } = run;
    if (known(parallel.engine) !== 'fsdp' || known(mixedPrecision) !== 'fp16') return;
    // The scaler makes its flag where gradients are unscaled before they are clipped.
    if (known(optimizer) !== 'adamw_torch_fused' || known(maxGradNorm) === 0) return;
    const written = writtenOrigin(optimizer) !== undefined;
    yield {
      at: written ? optimizer : parallel.engine,
      ...(written ? {} : { severity: 'warning' as const }),
      message: say`the first step stops with "output with shape [] doesn't match the broadcast shape [1]": FSDP 1 unscales fp16 gradients with ShardedGradScaler, whose flag the fused AdamW does not take`,
      fixes: [
        {
          title: say`Use the AdamW that is not fused`,
          safety: 'safe',
          changes: [setField('optimizer', 'adamw_torch')],
        },
      ],
      related: [{ at: mixedPrecision, message: say`fp16 needs a scaler` }],
    };
  },
});
