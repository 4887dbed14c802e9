import { known, writtenOrigin } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';

/** Gradients of all processes summed in 16 bits. */
export const halfPrecisionReduce = defineRule({
  id: 'half-precision-reduce',
  group: 'distributed',
  severity: 'warning',
  claim: 'framework',
  fix: 'unsafe',
  summary: 'sums the gradients of all processes in 16 bits',
  cites: [
    {
      label: 'PyTorch FSDP MixedPrecision: reduce_dtype is what gradients are reduced in',
      url: 'https://docs.pytorch.org/docs/stable/fsdp.html',
    },
  ],
  *check(run) {
    const dtype = known(run.reduceDtype);
    const at = writtenOrigin(run.reduceDtype);
    if (at === undefined || (dtype !== 'bfloat16' && dtype !== 'float16')) return;
    const bits = dtype === 'bfloat16' ? 8 : 11;
    yield {
      at: run.reduceDtype,
      message: say`gradients are summed over processes in ${dtype}: each sum keeps ${bits} significant bits, and the more processes take part the more of the small ones are lost`,
      fixes: [
        {
          title: say`Sum gradients in fp32`,
          safety: 'unsafe',
          changes: [{ kind: 'value', at, to: 'fp32' }],
        },
      ],
    };
  },
});
