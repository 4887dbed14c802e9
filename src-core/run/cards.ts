import { known } from './sourced.ts';
import type { Parallelism, TrainingRun } from './training-run.ts';

/**
 * GPUs that the run takes: one for each process, or as many as each spreads its layers over. Megatron's
 * processes have one each, and its pipeline is made of them. `undefined` where that is not known.
 */
export function cardCount({
  worldSize,
  engine,
  pipelineParallel,
}: Parallelism): number | undefined {
  const world = known(worldSize);
  const layers = known(engine) === 'megatron' ? 1 : (known(pipelineParallel) ?? 1);
  return world === undefined ? undefined : world * layers;
}

/** Whether all that a run takes of a card is known without the card: vLLM claims a share of whichever it is. */
export function namesCards({
  modelled,
  rollout,
}: Pick<TrainingRun, 'modelled' | 'rollout'>): boolean {
  return modelled.value === 'whole' && rollout.by.value !== 'vllm';
}

/** Whether the run knows its card: one that is told to have none does not. */
export function hasCard({ gpu }: Pick<TrainingRun, 'gpu'>): boolean {
  return Boolean(known(gpu));
}
