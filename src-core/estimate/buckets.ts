import { isSparse, linearSize, linearsOf, shapeOf } from './params.ts';
import type { EstimateSpec } from './spec.ts';

/**
 * Elements of the buckets that full training fills, the first and the largest of the others: a gradient that no
 * longer fits has what is there reduced (stage_1_and_2.py, `reduce_independent_p_g_buckets_and_remove_grads`).
 * In stage 2 gradients come as backward finds them: the head, the layers from the last, the embedding; stage 1
 * goes through the parameters in their order when the pass is over.
 */
export function filledBuckets(
  spec: EstimateSpec,
  size: number,
): { readonly first: number; readonly later: number } {
  const buckets = [0];
  const found = gradientsOf(spec);
  for (const n of spec.parallel.zeroStage === 1 ? found.toReversed() : found) {
    const filled = buckets.at(-1) ?? 0;
    if (filled > 0 && filled + n > size) buckets.push(n);
    else buckets[buckets.length - 1] = filled + n;
  }
  const [first = 0, ...others] = buckets;
  return { first, later: Math.max(0, ...others) };
}

/** Elements of the weights in the order of their gradients; norms and biases apart. */
function gradientsOf(spec: EstimateSpec): readonly number[] {
  const shape = shapeOf(spec.arch);
  const found = shape.head > 0 ? [shape.head] : [];
  for (let layer = spec.arch.layers - 1; layer >= 0; layer--) {
    const sparse = isSparse(spec.arch, layer);
    const stacks = sparse ? shape.experts : [];
    found.push(...stacks, ...linearsOf(shape, layer).map(linearSize).reverse());
  }
  return [...found, shape.embedding];
}
