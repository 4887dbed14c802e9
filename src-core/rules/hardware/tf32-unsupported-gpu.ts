import { cite } from '../../facts/citations.ts';
import { setField } from '../../run/fix-intent.ts';
import { known } from '../../run/sourced.ts';
import { say } from '../../text/message.ts';
import { cpuSwitch } from '../numerics/fp16-on-cpu.ts';
import { defineRule } from '../rule.ts';

/** tf32 where no tensor core knows it. */
export const tf32UnsupportedGpu = defineRule({
  id: 'tf32-unsupported-gpu',
  group: 'hardware',
  severity: 'error',
  claim: 'framework',
  fix: 'safe',
  summary: 'turns tf32 on where the hardware lacks it',
  cites: [cite.tf32NeedsAmpere],
  *check(run) {
    if (run.tf32.value !== true) return;
    const gpu = known(run.gpu);
    const cpu = cpuSwitch(run.options) !== undefined;
    if (!cpu && (!gpu || gpu.tf32)) return;
    yield {
      at: run.tf32,
      message: say`the trainer stops with "--tf32 requires Ampere or a newer GPU arch": ${
        cpu ? say`this run stays on the CPU` : say`${gpu?.name} has none`
      }`,
      fixes: [{ title: say`Turn tf32 off`, safety: 'safe', changes: [setField('tf32', false)] }],
    };
  },
});
