import { UNKNOWN } from './sourced.ts';
import type { TrainingRun } from './training-run.ts';

/**
 * Whether the launch stands elsewhere, and nothing speaks of splitting the work: it may divide weights,
 * gradients and optimizer states over several cards.
 */
export function isLaunchUnseen({ parallel }: TrainingRun): boolean {
  const { engine, worldSize } = parallel;
  const plain = engine.value === 'none' && engine.origin.kind === 'default';
  return plain && worldSize.value === UNKNOWN && worldSize.origin.kind === 'default';
}
