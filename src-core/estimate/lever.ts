import type { Message } from '../text/message.ts';
import type { FitChange } from './fit-change.ts';
import type { EstimateSpec } from './spec.ts';

/** What a lever moves, in the order in which several are applied and named. */
export const SLOTS = [
  'method',
  'targets',
  'length',
  'quantization',
  'optimizer',
  'shards',
  'sleep',
  'vllm',
  'batch',
  'checkpointing',
  'liger',
] as const;

/** One change that may make a run fit. Of the levers of one slot at most one is pulled. */
export interface Lever {
  readonly slot: (typeof SLOTS)[number];
  readonly title: Message;
  /**
   * How much of the training it changes. Each kind of cost is ten times the one before, so that a sum
   * tells the costliest kind first: see `COST`.
   */
  readonly cost: number;
  readonly changes: readonly FitChange[];
  /** The run with the change; `undefined` where it has none to make. */
  apply(spec: EstimateSpec): EstimateSpec | undefined;
}

/** Same training, same training but slower, other numerics, other data, another method. */
export const COST = { same: 1, speed: 10, numerics: 100, data: 1000, method: 10_000 } as const;

/** The kind of cost that a sum of costs stands for, by its number: 0 the same training. */
export function kindOfCost(cost: number): number {
  return Math.floor(Math.log10(cost));
}
