import { evaluationOf, evaluationPeak } from '../../estimate/evaluation.ts';
import type { ComponentShare } from '../../estimate/result.ts';
import { verdict } from '../../estimate/verdict.ts';
import { setField } from '../../run/fix-intent.ts';
import { isWritten, known, type Sourced } from '../../run/sourced.ts';
import type { TrainingRun } from '../../run/training-run.ts';
import { type Bytes, bytes, formatBytes, formatCount, gibibytes } from '../../run/units.ts';
import { say, word } from '../../text/message.ts';
import type { RuleContext } from '../context.ts';
import { defineRule } from '../rule.ts';

const BY_DEFAULT = word(' (the default)');
const BY_LIGER = word('. Liger makes all logits in evaluation, and none in training');

/** An evaluation that takes more than the card has, where the training fits. */
export const evaluationDoesNotFit = defineRule({
  id: 'evaluation-does-not-fit',
  group: 'memory',
  severity: 'warning',
  claim: 'arithmetic',
  fix: 'suggestion',
  summary: 'evaluates more samples at a time than the card has memory for',
  cites: [
    { label: 'transformers loss/loss_utils.py, ForCausalLMLoss: the logits are cast to fp32' },
    { label: 'docs/estimate.md: evaluation measured' },
  ],
  *check(run, context) {
    const gpu = known(run.gpu);
    const batch = evaluationOf(run);
    const length = known(run.maxLength);
    if (!gpu || batch === undefined || length === undefined) return;
    if (!trains(context, gpu.memoryBytes)) return;
    const need = needOf(context, batch);
    if (need === undefined || need.bytes <= gpu.memoryBytes) return;
    const fewer = fewerOf(context, batch, gpu.memoryBytes);
    const card = say`${gibibytes(gpu.memoryBytes)} GiB of the ${gpu.name}`;
    const top = say`${word(need.largest.component)} ${formatBytes(need.largest.bytes)}`;
    const byLiger = known(run.lossKernel) === 'fused' ? BY_LIGER : '';
    yield {
      at: placeOf(run),
      message: say`evaluation probably does not fit: ${batch} samples at a time${isWritten(run.evalBatch) ? '' : BY_DEFAULT}, once they reach ${formatCount(length)} tokens, take ${formatBytes(need.bytes)} (largest: ${top}) of the ${card}${byLiger}`,
      fixes:
        fewer === undefined
          ? []
          : [
              {
                title: say`Evaluate ${fewer.batch} at a time: ${gibibytes(fewer.bytes)} of ${gibibytes(gpu.memoryBytes)} GiB`,
                safety: 'suggestion',
                changes: [setField('evalBatch', fewer.batch)],
              },
            ],
    };
  },
});

/** Whether the training is not said to exceed the card: that comes first. */
function trains(context: RuleContext, memory: number): boolean {
  const estimate = context.estimate();
  const said = estimate && verdict(estimate, memory).severity;
  return estimate !== undefined && said !== 'error' && said !== 'warning';
}

interface Need {
  /** What is allocated at the highest moment of the evaluation, and the context. */
  readonly bytes: Bytes;
  readonly largest: ComponentShare;
}

function needOf(context: RuleContext, batch: number): Need | undefined {
  const estimate = context.evaluation(batch);
  const peak = estimate && evaluationPeak(estimate);
  const largest = peak?.components[0];
  if (estimate === undefined || peak === undefined || largest === undefined) return undefined;
  return { bytes: bytes(peak.total + estimate.context), largest };
}

/** Half as many, or half of those and so on, until they fit. */
function fewerOf(context: RuleContext, batch: number, memory: number) {
  for (let fewer = Math.floor(batch / 2); fewer >= 1; fewer = Math.floor(fewer / 2)) {
    const need = needOf(context, fewer);
    if (need === undefined) return undefined;
    if (need.bytes <= memory) return { batch: fewer, bytes: need.bytes };
  }
  return undefined;
}

/** The batch, or what turns evaluation on where nobody has written one. */
function placeOf({ evalBatch, options }: TrainingRun): Sourced<unknown> {
  return isWritten(evalBatch) || !options.has('eval_strategy')
    ? evalBatch
    : options.text('eval_strategy');
}
