import { cite } from '../../facts/citations.ts';
import { setField } from '../../run/fix-intent.ts';
import { isWritten, known, type Sourced } from '../../run/sourced.ts';
import type { TrainingRun } from '../../run/training-run.ts';
import { say } from '../../text/message.ts';
import { hasBf16, switchToBf16 } from '../numerics/fixes.ts';
import { defineRule } from '../rule.ts';

/** fp8 products on a card without fp8 units. */
export const fp8UnsupportedGpu = defineRule({
  id: 'fp8-unsupported-gpu',
  group: 'hardware',
  severity: 'error',
  claim: 'framework',
  fix: 'unsafe',
  summary: 'computes in fp8 on a card without fp8 units',
  cites: [cite.fp8NeedsAda],
  *check(run) {
    const gpu = known(run.gpu);
    const asked = fp8Setting(run);
    // axolotl checks the card itself, and asks for more.
    if (!gpu || gpu.fp8 || asked === undefined || run.framework === 'axolotl') return;
    const capability = gpu.computeCapability;
    const own = run.options.has('fp8') ? 'fp8' : run.options.has('fp8_format') ? 'fp8_format' : '';
    yield {
      at: asked,
      message: say`${gpu.name}${
        capability === undefined ? '' : say` (compute capability ${capability.toFixed(1)})`
      } has no fp8 units: they come with Ada, Hopper and Blackwell (8.9 and newer)`,
      fixes:
        own === ''
          ? switchToBf16(run)
          : [
              {
                title:
                  hasBf16(run) === false ? say`Turn fp8 off` : say`Turn fp8 off, train in bfloat16`,
                safety: 'unsafe',
                changes: [
                  { kind: 'option', key: own, to: null },
                  ...(hasBf16(run) === false ? [] : [setField('precision', 'bf16')]),
                ],
              },
            ],
    };
  },
});

/** The setting that asks for fp8 products, if one does. */
export function fp8Setting(run: TrainingRun): Sourced<unknown> | undefined {
  const { options } = run;
  if (run.mixedPrecision.value === 'fp8') return run.mixedPrecision;
  if (options.bool('fp8').value === true) return options.bool('fp8');
  const format = options.text('fp8_format');
  return isWritten(format) && !options.isNull('fp8_format') ? format : undefined;
}
