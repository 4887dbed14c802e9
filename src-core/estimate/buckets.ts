import { isSparse, linearSize, shapeOf } from './params.ts';
import type { EstimateSpec } from './spec.ts';

/**
 * Elements of the largest bucket but the first that full training fills: a gradient that no longer fits has
 * what is there reduced (stage_1_and_2.py, `reduce_independent_p_g_buckets_and_remove_grads`). Gradients
 * come as backward finds them: the head, the layers from the last, the embedding.
 */
export function laterBucket(spec: EstimateSpec, size: number): number {
  const buckets = [0];
  for (const n of gradientsOf(spec)) {
    const filled = buckets.at(-1) ?? 0;
    if (filled > 0 && filled + n > size) buckets.push(n);
    else buckets[buckets.length - 1] = filled + n;
  }
  return Math.max(0, ...buckets.slice(1));
}

/** Elements of the weights in the order of their gradients; norms and biases apart. */
function gradientsOf(spec: EstimateSpec): readonly number[] {
  const shape = shapeOf(spec.arch);
  const found = shape.head > 0 ? [shape.head] : [];
  for (let layer = spec.arch.layers - 1; layer >= 0; layer--) {
    const sparse = isSparse(spec.arch, layer);
    const stacks = sparse ? shape.experts : [];
    const linears = [...shape.attention, ...(sparse ? shape.sharedExpert : shape.mlp)];
    found.push(...stacks, ...linears.map(linearSize).reverse());
  }
  return [...found, shape.embedding];
}
