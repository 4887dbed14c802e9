import { shapeOf } from '../params.ts';
import type { EstimateSpec } from '../spec.ts';
import { pairFactor, widthsOf } from './saved.ts';

/** Bytes that a compiled step holds for its backward pass at least, on one card. */
export interface LeastKept {
  readonly activations: number;
  readonly logits: number;
}

/**
 * What torch.compile cannot make again: its partitioner recomputes what it can fuse, and neither matrix products
 * nor attention (torch/_functorch/partitioners.py, `get_default_op_list`: `compute_intensive_ops`). So of each layer
 * the results of the products stay that do not only go into the residual stream, attention's result, and the stream
 * itself once; of the loss the logits and their gradient. Layers of other kinds are counted by their stream alone.
 */
export function leastKept(spec: EstimateSpec): LeastKept {
  const { arch, parallel, checkpointing, rollout, lossKernel } = spec;
  const shape = shapeOf(arch);
  const width = Math.min(2, widthsOf(spec).out);
  const length = spec.sequenceLength + (rollout.promptAlone ? rollout.completionTokens : 0);
  const tokens = spec.microBatch * length * pairFactor(spec);
  const dense = [arch.moe, arch.delta, arch.mla, arch.varied].every((one) => one === undefined);
  const products = [...shape.attention.slice(0, -1), ...shape.mlp.slice(0, -1)];
  const inside = dense ? products.reduce((sum, one) => sum + one.outFeatures, shape.q) : 0;
  const layers = spec.method === 'freeze' ? spec.freezeTrainableLayers : arch.layers;
  const recomputed = checkpointing.mode !== 'none';
  const streams = checkpointing.offload ? 0 : layers * arch.hiddenSize;
  const each = streams + (recomputed ? inside : layers * inside);
  const { tensor, sequence } = parallel;
  return {
    activations: (tokens * width * each) / (tensor * parallel.pipeline * sequence),
    logits: lossKernel === 'full' ? (2 * tokens * width * arch.vocabSize) / (tensor * sequence) : 0,
  };
}
