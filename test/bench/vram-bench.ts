import { estimate } from '../../src-core/estimate/estimate.ts';
import type { EstimateSpec } from '../../src-core/estimate/spec.ts';
import { specOfRecord, type VramRecord } from './vram-record.ts';

/** One measured run beside its estimate. Bytes. */
export interface Compared {
  readonly record: VramRecord;
  readonly spec: EstimateSpec;
  readonly allocated: number;
  readonly reserved: number;
  /** Liger's classes were left over from an earlier run of the process. */
  readonly leftover: boolean;
}

/**
 * Estimates every record, in the order they ran. Liger replaces the norm, MLP and rotary classes of
 * a model type for its whole process: later runs of that type there keep them, while their loss is
 * transformers' own (the records show it: without this, just those runs are 5 to 15 % over). A
 * process is taken to end where records turn from unclean to clean, and after the first record.
 */
export function compare(records: readonly VramRecord[], leftovers = true): readonly Compared[] {
  const patched = new Set<string>();
  let clean = false;
  return records.map((record, i) => {
    const isClean = record.clean_reserved === true;
    if ((isClean && !clean) || i === 1) patched.clear();
    if (record.ok) clean = isClean;
    const own = specOfRecord(record);
    const type = own.arch.modelType;
    const leftover = leftovers && patched.has(type) && !own.liger;
    const spec = leftovers && patched.has(type) ? { ...own, liger: true, ligerFirst: true } : own;
    if (own.liger) patched.add(type);
    const { peakAllocated, peakReserved } = estimate(spec);
    return {
      record,
      spec,
      allocated: peakAllocated.expected,
      reserved: peakReserved.expected,
      leftover,
    };
  });
}

/** Errors of a set of estimates, as shares (0.01 is 1 %). */
export interface ErrorSummary {
  readonly count: number;
  readonly median: number;
  readonly p90: number;
  readonly p95: number;
  readonly max: number;
  /** Mean signed error: above 0 is over. */
  readonly bias: number;
  /** Share of runs that are under by more than 5 %. */
  readonly under: number;
}

/** Summary of signed relative errors. */
export function summarize(errors: readonly number[]): ErrorSummary {
  const sizes = errors.map(Math.abs).sort((a, b) => a - b);
  const at = (share: number): number =>
    sizes[Math.min(sizes.length - 1, Math.floor(sizes.length * share))] ?? Number.NaN;
  return {
    count: errors.length,
    median: at(0.5),
    p90: at(0.9),
    p95: at(0.95),
    max: at(1),
    bias: errors.reduce((a, b) => a + b, 0) / errors.length,
    under: errors.filter((e) => e < -0.05).length / errors.length,
  };
}

/** Signed error of the allocated peak, or `undefined` when the run was not measured. */
export function allocatedError(c: Compared): number | undefined {
  const real = c.record.peak_allocated;
  return real ? c.allocated / real - 1 : undefined;
}

/** Signed error of the reserved peak, where the record's figure is clean. */
export function reservedError(c: Compared): number | undefined {
  const real = c.record.peak_reserved;
  return real && c.record.clean_reserved ? c.reserved / real - 1 : undefined;
}
