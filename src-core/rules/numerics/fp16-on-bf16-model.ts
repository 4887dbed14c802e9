import { cite } from '../../facts/citations.ts';
import { measuredRange } from '../../probe/measured-range.ts';
import type { QuickVerdict } from '../../probe/verdict.ts';
import { known } from '../../run/sourced.ts';
import type { TrainingRun } from '../../run/training-run.ts';
import { formatCount } from '../../run/units.ts';
import { type Message, say, word } from '../../text/message.ts';
import { defineRule, type Severity } from '../rule.ts';
import { failedInBf16 } from './bf16-reported-failures.ts';
import { hasBf16, modelName, switchToBf16 } from './fixes.ts';
import { meansFp16 } from './float32-means-fp16.ts';
import { hasReportedScores } from './fp16-eager-attention.ts';
import { cpuSwitch } from './fp16-on-cpu.ts';
import { reportsOf } from './fp16-reported-failures.ts';
import { stopsAtScaler } from './updates.ts';

/** fp16 chosen for a checkpoint published in bf16, where nothing worse is known. */
export const fp16OnBf16Model = defineRule({
  id: 'fp16-on-bf16-model',
  group: 'numerics',
  severity: 'warning',
  claim: 'arithmetic',
  fix: 'unsafe',
  summary: 'computes in fp16 a model that was published in bf16',
  cites: [cite.fp16Range],
  *check(run, { probe }) {
    if (run.computeDtype.value !== 'float16' || known(run.model)?.record?.dtype !== 'bfloat16')
      return;
    if (run.stage.value === 'grpo' || hasBf16(run) === false) return;
    if (hasReportedScores(run) || reportsOf(run) !== undefined || saidElsewhere(run)) return;
    const verdict = probe();
    if (verdict?.verdict === 'overflow') return;
    const { text, severity } = evidence(run, verdict);
    yield {
      at: run.precision,
      message: say`${modelName(run)} was published in bf16, and fp16 ends at 65,504, not at 3.4e38. ${text}. bf16 costs the same memory and time here`,
      severity,
      fixes: switchToBf16(run),
      related: [{ at: run.model, message: say`its checkpoint is bfloat16` }],
    };
  },
});

/** What published activations say, and how much that weighs. */
function evidence(
  run: TrainingRun,
  verdict: QuickVerdict | undefined,
): { readonly text: Message; readonly severity: Severity } {
  const model = known(run.model);
  const range = model && measuredRange(model.record?.id ?? model.text);
  if (range !== undefined && range.basis === 'measured' && range.value > FP16_MAX)
    return {
      text: say`Its ${range.where} reaches ${formatCount(range.value)}, past that end: it holds only because autocast leaves it in fp32 here`,
      severity: 'warning',
    };
  if (verdict?.verdict === 'fine' || verdict?.verdict === 'near') {
    const whose = verdict.basis.kind === 'family' ? say`Its siblings'` : word('Its');
    return {
      text: say`${whose} published activations fit, fine-tuning can move them`,
      severity: 'info',
    };
  }
  return {
    text: say`Whether its activations fit is not known: none are published`,
    severity: 'warning',
  };
}

/** Largest finite fp16 number. */
const FP16_MAX = 65_504;

/** Rules that speak of the same setting, and are more to the point. */
function saidElsewhere(run: TrainingRun): boolean {
  const cpu = cpuSwitch(run.options) !== undefined;
  return stopsAtScaler(run) || meansFp16(run) || cpu || failedInBf16(run);
}
