import { isWritten } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { fp8Setting } from '../hardware/fp8-unsupported-gpu.ts';
import { defineRule } from '../rule.ts';

/** axolotl's fp8 without the compiler that makes it fast. */
export const fp8WithoutCompile = defineRule({
  id: 'fp8-without-compile',
  group: 'numerics',
  severity: 'info',
  claim: 'framework',
  fix: 'unsafe',
  summary: 'computes in fp8 without torch.compile, which its speed depends on',
  cites: [
    {
      label: 'axolotl docs/mixed_precision.qmd: fp8 needs torch.compile to be faster',
      url: 'https://docs.axolotl.ai/docs/mixed_precision.html',
    },
  ],
  *check(run) {
    const asked = fp8Setting(run);
    if (run.framework !== 'axolotl' || asked === undefined || !isWritten(asked)) return;
    const compiles = run.options.get('torch_compile').value;
    if (run.options.has('torch_compile') && compiles !== false) return;
    yield {
      at: asked,
      message: say`without \`torch_compile\` fp8 may be slower than bf16 and take more memory: each cast, scale and product is then a kernel of its own`,
      fixes: [
        {
          title: say`Turn torch_compile on`,
          safety: 'unsafe',
          changes: [{ kind: 'option', key: 'torch_compile', to: true }],
        },
      ],
    };
  },
});
