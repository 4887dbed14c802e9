import { isWritten, known } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';

/** Recipes that scale a whole tensor by one factor. */
const PER_TENSOR = new Set(['delayed', 'tensorwise']);

/** Gradients in E4M3 with one scale for a tensor. */
export const fp8E4m3Gradients = defineRule({
  id: 'fp8-e4m3-gradients',
  group: 'numerics',
  severity: 'warning',
  claim: 'framework',
  fix: 'unsafe',
  summary: 'keeps gradients in E4M3 with one scale for a whole tensor',
  cites: [
    {
      label: 'Transformer Engine, FP8 primer: E4M3 forward, E5M2 backward (HYBRID)',
      url: 'https://docs.nvidia.com/deeplearning/transformer-engine/user-guide/examples/fp8_primer.html',
    },
  ],
  *check({ options }) {
    const format = options.text('fp8_format');
    const recipe = options.text('fp8_recipe');
    if (known(format)?.toLowerCase() !== 'e4m3' || !isWritten(format)) return;
    if (!PER_TENSOR.has(known(recipe)?.toLowerCase() ?? '')) return;
    yield {
      at: format,
      message: say`with \`e4m3\` gradients are E4M3 too, from 448 down to 0.002 under one scale for a whole tensor; \`hybrid\` has them in E5M2, from 57,344 down to 1.5e-5`,
      related: [{ at: recipe, message: say`one scale for a whole tensor` }],
      fixes: [
        {
          title: say`Use \`hybrid\`: E4M3 forward, E5M2 backward`,
          safety: 'unsafe',
          changes: [{ kind: 'option', key: 'fp8_format', to: 'hybrid' }],
        },
      ],
    };
  },
});
