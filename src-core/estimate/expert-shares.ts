import { isSparse, shapeOf, totalParams } from './params.ts';
import type { EstimateSpec } from './spec.ts';

/** What one GPU keeps of the model, and of optimizer states that Megatron divides. */
export interface ModelShares {
  readonly model: number;
  readonly dividedStates: number;
}

/**
 * Dense parts are split over the tensor-parallel GPUs and experts over the expert-parallel ones, each by
 * the pipeline too; each kind's states are divided over the GPUs that hold the same part of it.
 * ms-swift 4.5 megatron/arguments/megatron_args.py: `expert_tensor_parallel_size` is 1,
 * `use_distributed_optimizer` is on.
 */
export function modelShares(spec: EstimateSpec): ModelShares {
  const { tensor, pipeline, expert, world, engine } = spec.parallel;
  const shape = shapeOf(spec.arch);
  const all = totalParams(shape);
  const stack = shape.experts.reduce((a, b) => a + b, 0);
  let sparse = 0;
  for (let l = 0; l < spec.arch.layers; l++) if (isSparse(spec.arch, l)) sparse += stack;
  const parts = [
    { elements: all - sparse, split: tensor },
    { elements: sparse, split: engine === 'megatron' ? expert : tensor * expert },
  ];
  const sum = (by: (split: number) => number) =>
    parts.reduce((total, { elements, split }) => total + elements / by(split * pipeline), 0) / all;
  return { model: sum((split) => split), dividedStates: sum((split) => Math.max(split, world)) };
}
