import { known } from '../run/sourced.ts';
import type { TrainingRun } from '../run/training-run.ts';
import type { Estimate, TimelineSample } from './result.ts';

/** Where Liger is transformers' own, which makes logits in evaluation (`skip_logits` follows `training`). */
const LIGER_OF_TRANSFORMERS = ['transformers', 'llamafactory', 'swift'];

/**
 * Samples that a run evaluates at a time, where its evaluation can be acted out: of the loss of a language model,
 * on one card's share of the work, by a loss of which it is known what it makes in evaluation. Whether Unsloth's and
 * cut cross entropy make all logits was not measured.
 */
export function evaluationOf(run: TrainingRun): number | undefined {
  const { tensorParallel, pipelineParallel, sequenceParallel } = run.parallel;
  const split = [tensorParallel, pipelineParallel, sequenceParallel];
  const language = known(run.stage) === 'sft' || known(run.stage) === 'pretrain';
  const batch = known(run.evalBatch) ?? 0;
  const whole = split.every((one) => known(one) === 1);
  return whole && language && batch > 0 && lossIsKnown(run) ? batch : undefined;
}

function lossIsKnown({ framework, lossKernel, liger, options }: TrainingRun): boolean {
  // LLaMA-Factory hands the model to Unsloth.
  if (options.has('use_unsloth') && options.bool('use_unsloth').value !== false) return false;
  const kernel = known(lossKernel);
  if (framework === 'trl') return kernel !== undefined;
  if (kernel === 'fused') return known(liger) === true && LIGER_OF_TRANSFORMERS.includes(framework);
  return kernel === 'full' && known(liger) === false;
}

/** The highest moment of the evaluation in an estimate that has one. */
export function evaluationPeak({ timeline }: Estimate): TimelineSample | undefined {
  return timeline.find(({ phase }) => phase === 'evaluation');
}
