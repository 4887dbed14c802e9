import type { DType } from '../../facts/dtypes.ts';

/** Where an optimizer's states live. `paged`: managed memory outside torch's allocator. */
export type StatePlace = 'device' | 'paged' | 'host';

/** What an optimizer keeps per parameter, and what its step needs on top. */
export interface OptimizerFacts {
  /** States of the parameter's own dtype (`own`), always fp32, blockwise 8 bit, ... */
  readonly kind: 'own' | 'fp32' | 'bnb8' | 'bnb32' | 'factored' | 'torchao8' | 'torchao4' | 'none';
  /** Full-size states per parameter: 2 for Adam, 1 for Lion and RMSprop, 0 for SGD. */
  readonly states: number;
  readonly place: StatePlace;
  /** Temporaries of the step over a whole parameter group, in copies of it (foreach). */
  readonly groupCopies: number;
  /** fp32 temporaries of the step for one tensor at a time, in copies of it. */
  readonly tensorCopies: number;
  /** Temporaries of the step for one tensor in its own dtype, in copies of it. */
  readonly ownCopies?: number;
  /** States and update live in a space of rank 128 (transformers' default), found this way. */
  readonly lowRank?: 'svd' | 'random';
  /** Embedding, head and vectors are left to AdamW, in their own dtype. */
  readonly matrices?: boolean;
  /** Gradients are applied and freed inside backward. */
  readonly layerwise: boolean;
  /** Whether the table was read in the optimizer's code; unread ones widen the interval. */
  readonly exact: boolean;
}

const ADAMW: OptimizerFacts = {
  kind: 'own',
  states: 2,
  place: 'device',
  groupCopies: 0,
  tensorCopies: 0,
  layerwise: false,
  exact: true,
};
const FOREACH: OptimizerFacts = { ...ADAMW, groupCopies: 1 };
const BNB8: OptimizerFacts = { ...ADAMW, kind: 'bnb8' };
const BNB32: OptimizerFacts = { ...ADAMW, kind: 'bnb32' };
/** GaLore and APOLLO at their last commits of 2024 and 2025. */
const GALORE: OptimizerFacts = { ...ADAMW, ownCopies: 2, lowRank: 'svd' };
const APOLLO: OptimizerFacts = { ...ADAMW, ownCopies: 2, lowRank: 'random' };
const ADAFACTOR: OptimizerFacts = { ...ADAMW, kind: 'factored', states: 0, tensorCopies: 4 };
const GUESS = { exact: false } as const;

/** torch 2.11 `optim/`, transformers 5.17 `trainer_optimizer.py`, bitsandbytes 0.50 `optim/`. */
const TABLE: Readonly<Record<string, OptimizerFacts>> = {
  adamw_torch: FOREACH,
  adamw_torch_fused: ADAMW,
  adamw_torch_xla: { ...ADAMW, ...GUESS },
  adamw_torch_npu_fused: ADAMW,
  adamw_apex_fused: { ...ADAMW, kind: 'fp32' },
  adamw_hf: { ...ADAMW, tensorCopies: 1 },
  adafactor: ADAFACTOR,
  adamw_anyprecision: { ...ADAMW, ...GUESS },
  adamw_torch_4bit: { ...ADAMW, kind: 'torchao4', ...GUESS },
  adamw_torch_8bit: { ...ADAMW, kind: 'torchao8', ...GUESS },
  ademamix: { ...BNB32, states: 3 },
  ademamix_8bit: { ...BNB8, states: 3 },
  sgd: { ...ADAMW, states: 0 },
  adagrad: { ...FOREACH, states: 1, groupCopies: 2 },
  rmsprop: { ...FOREACH, states: 1 },
  adamw_bnb_8bit: BNB8,
  adamw_8bit: BNB8,
  lion_8bit: { ...BNB8, states: 1 },
  lion_32bit: { ...BNB32, states: 1 },
  paged_adamw_32bit: { ...BNB32, place: 'paged' },
  paged_adamw_8bit: { ...BNB8, place: 'paged' },
  paged_adamw: { ...BNB32, place: 'paged' },
  paged_ademamix_32bit: { ...BNB32, states: 3, place: 'paged' },
  paged_ademamix_8bit: { ...BNB8, states: 3, place: 'paged' },
  paged_lion_32bit: { ...BNB32, states: 1, place: 'paged' },
  paged_lion_8bit: { ...BNB8, states: 1, place: 'paged' },
  rmsprop_bnb: { ...BNB32, states: 1 },
  rmsprop_bnb_8bit: { ...BNB8, states: 1 },
  rmsprop_bnb_32bit: { ...BNB32, states: 1 },
  galore_adamw: GALORE,
  galore_adamw_8bit: { ...GALORE, kind: 'bnb8', ownCopies: 1 },
  galore_adafactor: { ...ADAFACTOR, lowRank: 'svd' },
  apollo_adamw: APOLLO,
  lomo: { ...ADAMW, states: 0, layerwise: true, ...GUESS },
  adalomo: { ...ADAMW, kind: 'factored', states: 0, layerwise: true, ...GUESS },
  grokadamw: { ...ADAMW, states: 3, ...GUESS },
  schedule_free_adamw: { ...FOREACH, ...GUESS },
  schedule_free_radam: { ...FOREACH, ...GUESS },
  schedule_free_sgd: { ...ADAMW, states: 1, ...GUESS },
  stable_adamw: { ...ADAMW, ...GUESS },
  muon: { ...ADAMW, states: 1, tensorCopies: 3, matrices: true, ...GUESS },
};

/** Whether the table knows what `name` keeps. */
export function isModelled(name: string): boolean {
  return Object.hasOwn(TABLE, name.replace(/_layerwise$/, ''));
}

/**
 * What `name` keeps; an unknown name counts as AdamW with foreach, and says so in `exact`. Behind
 * `_layerwise` each weight is stepped as soon as its gradient is there.
 */
export function optimizerFacts(name: string): OptimizerFacts {
  const found = TABLE[name];
  if (found !== undefined) return found;
  const plain = TABLE[name.replace(/_layerwise$/, '')];
  return plain === undefined ? { ...FOREACH, exact: false } : { ...plain, layerwise: true };
}

/** Every optimizer name the table knows. */
export const OPTIMIZER_NAMES: readonly string[] = Object.keys(TABLE);

/** Bytes of one element of `dtype` in memory. */
export function byteSize(dtype: DType): number {
  if (dtype === 'float32' || dtype === 'tf32') return 4;
  if (dtype === 'bfloat16' || dtype === 'float16') return 2;
  if (dtype === 'nf4' || dtype === 'fp4') return 0.5;
  return 1;
}
