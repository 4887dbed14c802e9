import { type FixIntent, setField } from '../../run/fix-intent.ts';
import { known } from '../../run/sourced.ts';
import type { TrainingRun } from '../../run/training-run.ts';

/** Whether the card computes bf16 natively; `undefined` when no card is named. */
export function hasBf16(run: TrainingRun): boolean | undefined {
  const gpu = known(run.gpu);
  return gpu === undefined || gpu === null ? undefined : gpu.bf16 === 'native';
}

/** Training in bf16, unless the card lacks it. */
export function switchToBf16(run: TrainingRun): readonly FixIntent[] {
  if (hasBf16(run) === false) return [];
  return [
    {
      title: 'Train in bfloat16',
      safety: 'unsafe',
      changes: [setField('precision', 'bf16')],
    },
  ];
}

/** Training in fp32: the way out on cards without bf16. */
export function switchToFp32(): FixIntent {
  return {
    title: 'Train in float32 (twice the memory for weights)',
    safety: 'suggestion',
    changes: [setField('precision', 'fp32')],
  };
}

/** Attention that keeps its scores in fp32. */
export function switchToSdpa(): FixIntent {
  return {
    title: 'Use sdpa attention',
    safety: 'suggestion',
    changes: [setField('attention', 'sdpa')],
  };
}

/** How messages call the model: its id without the owner. */
export function modelName(run: TrainingRun): string {
  const model = known(run.model);
  const id = model?.record?.id ?? model?.text ?? 'this model';
  return id.slice(id.lastIndexOf('/') + 1);
}
