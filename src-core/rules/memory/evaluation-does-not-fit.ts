import { evaluationBytes } from '../../estimate/evaluation.ts';
import { verdict } from '../../estimate/verdict.ts';
import { setField } from '../../run/fix-intent.ts';
import { isWritten, known, type Sourced } from '../../run/sourced.ts';
import type { TrainingRun } from '../../run/training-run.ts';
import { type Bytes, formatBytes, formatCount, gibibytes } from '../../run/units.ts';
import { say, word } from '../../text/message.ts';
import type { RuleContext } from '../context.ts';
import { defineRule } from '../rule.ts';

const BY_DEFAULT = word(' (the default)');

/** Logits of an evaluation that are more than the card has left, where the training fits. */
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
    const need = needOf(run, context);
    const batch = known(run.evalBatch);
    if (!gpu || need === undefined || batch === undefined || need(batch) <= gpu.memoryBytes) return;
    let fewer = Math.floor(batch / 2);
    while (fewer > 1 && need(fewer) > gpu.memoryBytes) fewer = Math.floor(fewer / 2);
    const fits = fewer >= 1 && need(fewer) <= gpu.memoryBytes;
    const length = formatCount(known(run.maxLength) ?? 0);
    const card = say`${gibibytes(gpu.memoryBytes)} GiB of the ${gpu.name}`;
    yield {
      at: placeOf(run),
      message: say`evaluation probably does not fit: ${batch} samples at a time${isWritten(run.evalBatch) ? '' : BY_DEFAULT}, once they reach ${length} tokens, take ${formatBytes(need(batch))} with their logits in fp32, of the ${card}`,
      fixes: fits
        ? [
            {
              title: say`Evaluate ${fewer} at a time: ${gibibytes(need(fewer))} of ${gibibytes(gpu.memoryBytes)} GiB`,
              safety: 'suggestion',
              changes: [setField('evalBatch', fewer)],
            },
          ]
        : [],
    };
  },
});

/** Bytes by the batch of an evaluation; `undefined` where not all of it is known, or the training is said not to fit. */
function needOf(run: TrainingRun, context: RuleContext): ((batch: number) => Bytes) | undefined {
  const gpu = known(run.gpu);
  const vocab = known(run.model)?.record?.arch?.vocabSize;
  const length = known(run.maxLength);
  const dtype = known(run.computeDtype);
  if (!gpu || vocab === undefined || length === undefined || dtype === undefined) return undefined;
  if (!evaluatesWhole(run)) return undefined;
  const estimate = context.estimate();
  const said = estimate && verdict(estimate, gpu.memoryBytes).severity;
  if (estimate === undefined || said === 'error' || said === 'warning') return undefined;
  return (batch) => evaluationBytes(estimate, batch * length * vocab, dtype);
}

/** Whether the run evaluates the loss of a language model, with all logits of a sample on one card. */
function evaluatesWhole({ evalBatch, stage, lossKernel, liger, parallel }: TrainingRun): boolean {
  const { tensorParallel, pipelineParallel, sequenceParallel } = parallel;
  const whole = [tensorParallel, pipelineParallel, sequenceParallel].every(
    (one) => known(one) === 1,
  );
  const language = known(stage) === 'sft' || known(stage) === 'pretrain';
  const full = known(lossKernel) === 'full' && known(liger) === false;
  return whole && language && full && (known(evalBatch) ?? 0) > 0;
}

/** The batch, or what turns evaluation on where nobody has written one. */
function placeOf({ evalBatch, options }: TrainingRun): Sourced<unknown> {
  return isWritten(evalBatch) || !options.has('eval_strategy')
    ? evalBatch
    : options.text('eval_strategy');
}
