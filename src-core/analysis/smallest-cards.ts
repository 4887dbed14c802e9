import type { GpuRecord } from '../facts/gpu.ts';
import { smallestFittingGpus } from '../facts/lookup.ts';
import { namesCards } from '../run/cards.ts';
import { known } from '../run/sourced.ts';
import type { AnalyzedRun } from './analyzed-run.ts';

/**
 * The smallest cards that hold a run even where it needs the most of its range, and multiply in its format;
 * empty where none does, `undefined` where a part of what it needs is not known without the card.
 */
export function smallestCards({ run, numbers }: AnalyzedRun): readonly GpuRecord[] | undefined {
  const estimate = namesCards(run) ? numbers.estimate() : undefined;
  const bf16 = known(run.computeDtype) === 'bfloat16';
  return estimate && smallestFittingGpus(estimate.device.high, { bf16 });
}

/** `GeForce RTX 4090 (24 GB)`; what the name says already is not said again. */
export function withMemory({ name, memoryGb }: GpuRecord): string {
  return name.includes(`${memoryGb}GB`) ? name : `${name} (${memoryGb} GB)`;
}
