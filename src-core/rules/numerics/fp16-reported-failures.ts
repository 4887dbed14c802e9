import { cite } from '../../facts/citations.ts';
import { type Citation, known } from '../../run/sourced.ts';
import type { TrainingRun } from '../../run/training-run.ts';
import { type Message, say } from '../../text/message.ts';
import { defineRule } from '../rule.ts';
import { hasBf16, modelName, switchToBf16 } from './fixes.ts';

interface Reports {
  readonly types: readonly string[];
  /** Names of models that the reports do not fit. */
  readonly not?: RegExp;
  readonly said: Message;
  readonly cites: readonly Citation[];
}

/** What users met when they fine-tuned in fp16, by architecture. No magnitudes are published. */
const REPORTS: readonly Reports[] = [
  {
    types: ['chatglm', 'glm', 'glm4', 'glm4v'],
    said: say`GLM-4 in fp16: loss 63, then 0 with a gradient norm of NaN; its authors advise bf16`,
    cites: [cite.glm4Fp16, cite.glm4Bf16],
  },
  {
    types: ['t5', 'mt5', 'umt5', 'longt5'],
    not: /flan/i,
    said: say`T5 gives NaN in fp16, its feed-forward output reaches 66,246 in t5-base; it was trained in bf16`,
    cites: [cite.t5Fp16],
  },
];

/** fp16 for a family whose fine-tuning in fp16 is reported to fail. */
export const fp16ReportedFailures = defineRule({
  id: 'fp16-reported-failures',
  group: 'numerics',
  severity: 'warning',
  claim: 'reported',
  fix: 'unsafe',
  summary: 'fine-tunes in fp16 a model of which failures in fp16 are reported',
  cites: [cite.glm4Fp16],
  *check(run, { probe }) {
    const found = reportsOf(run);
    if (found === undefined || probe()?.verdict === 'overflow') return;
    const without = hasBf16(run) === false ? '. This card has no bf16' : '';
    yield {
      at: run.precision,
      message: say`users report failures of ${modelName(run)} or its siblings: ${found.said}. Nobody has published how large its values get${without}`,
      fixes: switchToBf16(run),
      cites: found.cites,
    };
  },
});

/** The reports that fit a run in fp16. Reinforcement learning with fp16 on both sides is left alone. */
export function reportsOf(run: TrainingRun): Reports | undefined {
  const record = known(run.model)?.record;
  const type = record?.arch?.modelType;
  if (run.computeDtype.value !== 'float16' || type === undefined || run.stage.value === 'grpo')
    return undefined;
  if (record?.dtype === 'float16') return undefined; // ChatGLM2 and 3, made in fp16
  const name = known(run.model)?.text ?? '';
  return REPORTS.find(({ types, not }) => types.includes(type) && not?.test(name) !== true);
}
