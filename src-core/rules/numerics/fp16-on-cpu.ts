import { setField } from '../../run/fix-intent.ts';
import type { Options } from '../../run/options.ts';
import { isWritten } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';

/** fp16 autocast without a GPU: dropped without a word. */
export const fp16OnCpu = defineRule({
  id: 'fp16-on-cpu',
  group: 'numerics',
  severity: 'warning',
  claim: 'framework',
  fix: 'unsafe',
  summary: 'asks for fp16 on the CPU, where it is not used',
  cites: [
    {
      label: 'accelerate accelerator.py: fp16 autocast needs an accelerator',
      url: 'https://github.com/huggingface/accelerate/blob/main/src/accelerate/accelerator.py',
    },
  ],
  *check(run) {
    const { options } = run;
    const cpu = cpuSwitch(options);
    if (cpu === undefined || run.fp16Flag.value !== true || !isWritten(run.fp16Flag)) return;
    yield {
      at: run.fp16Flag,
      message: say`with \`${cpu}\` the fp16 flag does nothing: accelerate silently ignores it, older trainers refuse it. The CPU computes in the weights' own dtype`,
      related: [{ at: options.get(cpu), message: say`keeps training on the CPU` }],
      fixes: [
        {
          title: say`Train in bfloat16`,
          safety: 'unsafe',
          changes: [setField('precision', 'bf16')],
        },
      ],
    };
  },
});

/** The option that keeps training on the CPU, if one does. */
export function cpuSwitch(options: Options): string | undefined {
  return ['use_cpu', 'no_cuda'].find((key) => options.bool(key).value === true);
}
