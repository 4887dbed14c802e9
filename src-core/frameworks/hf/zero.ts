import type { RunDraft } from '../../run/run-fields.ts';
import { derived, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { ZeroBuckets } from '../../run/training-run.ts';
import type { Document, MapNode, Node } from '../../syntax/document.ts';
import { asNumber, asText } from '../convert.ts';

/** What a DeepSpeed config says that the memory of a run depends on. */
export interface ZeroConfig {
  readonly stage: 0 | 1 | 2 | 3 | typeof UNKNOWN;
  readonly offloadOptimizer: boolean;
  readonly offloadParams: boolean;
  readonly buckets?: ZeroBuckets;
}

/** ZeRO is off. */
export const OFF: ZeroConfig = { stage: 0, offloadOptimizer: false, offloadParams: false };

/** The number at `key` of a mapping, if it is one. */
export function numberIn(node: Node | undefined, key: string): number | undefined {
  if (node?.kind !== 'map') return undefined;
  const value = node.entries.findLast((entry) => entry.key === key)?.value;
  const number = value === undefined ? UNKNOWN : asNumber(value);
  return number === UNKNOWN ? undefined : number;
}

/** The root mapping of a YAML or JSON document. */
export function rootOf(document: Document): MapNode | undefined {
  const unit = document.units[0];
  return unit?.kind === 'mapping' ? unit.root : undefined;
}

/** `ds_z3_offload_config.json`: the stage that nearly every file of that name has. */
export function zeroOfName(name: string): ZeroConfig {
  const digit = /(?:zero|stage|ds_?z|z)[-_]?([0-3])/i.exec(name)?.[1];
  const offload = /offload/i.test(name);
  if (digit === undefined) return { ...OFF, stage: UNKNOWN };
  const stage = digit === '3' ? 3 : digit === '2' ? 2 : digit === '1' ? 1 : 0;
  return { stage, offloadOptimizer: offload, offloadParams: offload && stage === 3 };
}

/** Reads a DeepSpeed config's `zero_optimization`. */
export function zeroOfMap(root: MapNode): ZeroConfig {
  const zero = child(root, 'zero_optimization');
  if (zero?.kind !== 'map') return OFF;
  const stage = numberIn(zero, 'stage') ?? 0;
  return {
    stage: stage === 1 || stage === 2 || stage === 3 ? stage : 0,
    offloadOptimizer: offloads(child(zero, 'offload_optimizer')),
    offloadParams: offloads(child(zero, 'offload_param')),
    buckets: bucketsOf(zero),
  };
}

/** What a config says of the run. `at` is where it is named, `stageAt` where its stage is. */
export function zeroDraft(
  config: ZeroConfig,
  how: string,
  at: Sourced<unknown>,
  stageAt = at,
): RunDraft {
  const { stage, buckets, offloadOptimizer, offloadParams } = config;
  return {
    'parallel.zeroStage': derived<0 | 1 | 2 | 3>(stage, how, stageAt),
    ...(buckets && { 'parallel.zeroBuckets': derived(buckets, how, at) }),
    'parallel.offloadOptimizer': derived(offloadOptimizer, how, at),
    'parallel.offloadParams': derived(offloadParams, how, at),
  };
}

/** Sizes that the config names; `auto` is transformers' to fill in, and stays open. */
function bucketsOf(zero: MapNode): ZeroBuckets {
  const reduce = numberIn(zero, 'reduce_bucket_size');
  const live = numberIn(zero, 'stage3_max_live_parameters');
  const overlap = child(zero, 'overlap_comm');
  const overlaps = overlap?.kind === 'scalar' && overlap.value === true;
  return {
    ...(reduce !== undefined && reduce > 0 && { reduce }),
    ...(live !== undefined && live > 0 && { live }),
    ...(overlaps && { overlap: true }),
  };
}

function child(map: MapNode, key: string): Node | undefined {
  return map.entries.findLast((entry) => entry.key === key)?.value;
}

function offloads(node: Node | undefined): boolean {
  if (node?.kind !== 'map') return false;
  const device = child(node, 'device');
  const text = device === undefined ? UNKNOWN : asText(device);
  return text !== UNKNOWN && text !== 'none';
}
