import { estimate } from '../../src-core/estimate/estimate.ts';
import type { EstimateSpec } from '../../src-core/estimate/spec.ts';
import { specOfRecord, type VramRecord } from './vram-record.ts';

/** One measured run beside its estimate. Bytes. */
export interface Compared {
  readonly record: VramRecord;
  readonly spec: EstimateSpec;
  readonly allocated: number;
  readonly reserved: number;
}

/**
 * Estimates every record, in the order they ran. Liger replaces the norm, MLP and rotary classes of
 * a model type for the whole process: later runs of that type in the same process keep them, while
 * their loss is transformers' own. A process ends where records turn from unclean to clean.
 */
export function compare(records: readonly VramRecord[]): readonly Compared[] {
  let patched = new Set<string>();
  let clean = false;
  return records.map((record) => {
    const isClean = record.clean_reserved === true;
    if (isClean && !clean) patched = new Set();
    if (record.ok) clean = isClean;
    const own = specOfRecord(record);
    const type = own.arch.modelType;
    const spec = patched.has(type) && !own.liger ? { ...own, liger: true } : own;
    if (own.liger) patched.add(type);
    const { peakAllocated, peakReserved } = estimate(spec);
    return {
      record,
      spec,
      allocated: peakAllocated.expected,
      reserved: peakReserved.expected,
    };
  });
}
