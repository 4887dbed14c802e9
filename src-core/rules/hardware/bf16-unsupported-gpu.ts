import { cite } from '../../facts/citations.ts';
import type { GpuRecord } from '../../facts/gpu.ts';
import { type FixIntent, setField } from '../../run/fix-intent.ts';
import { known } from '../../run/sourced.ts';
import type { TrainingRun } from '../../run/training-run.ts';
import { type Phrase, say } from '../../text/message.ts';
import type { RuleContext } from '../context.ts';
import { switchToFp32 } from '../numerics/fixes.ts';
import { halfWeights } from '../numerics/updates.ts';
import { defineRule } from '../rule.ts';

/** bf16 on a card without bf16 tensor cores. */
export const bf16UnsupportedGpu = defineRule({
  id: 'bf16-unsupported-gpu',
  group: 'hardware',
  severity: 'warning',
  claim: 'framework',
  fix: 'unsafe',
  summary: 'computes in bf16 on a card that emulates it',
  cites: [cite.bf16Emulated],
  *check(run, context) {
    const gpu = known(run.gpu);
    if (gpu === undefined || gpu === null || gpu.bf16 === 'native') return;
    if (run.computeDtype.value !== 'bfloat16' || run.fp16Flag.value === true) return;
    const apple = gpu.vendor === 'Apple';
    yield {
      at: run.precision,
      message: apple ? onApple(gpu) : onCuda(gpu),
      severity: apple ? 'info' : 'warning',
      fixes: waysOut(run, context),
    };
  },
});

/** fp16 where the model fits it and fp16 would train; else fp32 where that fits the card. */
function waysOut(run: TrainingRun, context: RuleContext): readonly FixIntent[] {
  if (context.probeAs('float16')?.verdict === 'overflow') return switchToFp32(run, context);
  if (halfWeights(run) !== undefined) return [];
  return [
    { title: say`Train in float16`, safety: 'unsafe', changes: [setField('precision', 'fp16')] },
  ];
}

function onCuda({ name, computeCapability: capability }: GpuRecord): Phrase {
  const about = capability === undefined ? '' : say` (compute capability ${capability.toFixed(1)})`;
  return say`${name}${about} has no bf16 units: PyTorch emulates bf16 slowly, older trainers refuse it`;
}

function onApple({ name }: GpuRecord): Phrase {
  return say`${name} computes bf16 by way of fp32, and macOS before 14 refuses it. fp16 runs in its own units (torch 2.5 and newer for autocast)`;
}
