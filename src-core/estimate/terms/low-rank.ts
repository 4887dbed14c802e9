import type { OptimizerFacts } from './optimizers.ts';

/** Rank of GaLore and APOLLO where `optim_args` names none. */
const RANK = 128;

/** What such an optimizer makes of a linear layer: the projector in bytes, and the projected gradient in elements. */
export interface Projected {
  readonly projector: number;
  readonly small: number;
  readonly rank: number;
}

/**
 * A weight of `n` elements in rows of `cols`, of `b` bytes each. GaLore keeps a view of the whole factor of its SVD,
 * unless it has to cast that down to 16 bit.
 */
export function projected(facts: OptimizerFacts, n: number, cols: number, b: number): Projected {
  const narrow = Math.min(n / cols, cols);
  const rank = Math.min(RANK, narrow);
  const gradient = facts.kind === 'factored' ? 4 : b;
  const whole = facts.lowRank === 'svd' && gradient === 4;
  const projector = (whole ? narrow : rank) * narrow * gradient;
  return { projector, small: rank * Math.max(n / cols, cols), rank };
}
