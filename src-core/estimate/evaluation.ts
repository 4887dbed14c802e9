import type { DType } from '../facts/dtypes.ts';
import { type Bytes, bytes } from '../run/units.ts';
import type { Component, Estimate } from './result.ts';

/** What stays from step to step; gradients are gone once a step is done. */
const KEPT: readonly Component[] = ['weights', 'adapters', 'optimizer states', 'master weights'];

/**
 * Bytes that a step of evaluation needs at least, the context included: what training keeps, and the logits of
 * all samples at once. A causal model makes them whole, its loss casts them to fp32 and takes a softmax of the
 * same size (transformers loss/loss_utils.py, `ForCausalLMLoss`): 2 + 4 + 4 bytes each, 4 + 4 in fp32. Twelve runs
 * on an H200 needed 10.01 to 10.04 and 8.03, and more where autocast keeps copies of fp32 weights
 * (test/golden/evaluation.json). Nothing is kept for a backward pass, so that the same batch trains in more.
 */
export function evaluationBytes(
  { components, context }: Pick<Estimate, 'components' | 'context'>,
  logits: number,
  dtype: DType,
): Bytes {
  const kept = components.reduce(
    (sum, one) => sum + (KEPT.includes(one.component) ? one.bytes : 0),
    0,
  );
  return bytes(context + kept + logits * logitBytes(dtype));
}

/** Bytes of one logit at the highest moment of an evaluation. */
export function logitBytes(dtype: DType): number {
  return dtype === 'float32' ? 8 : 10;
}
