import type { GpuRecord } from '../gpu.ts';
import { decodeRows, type FactTable } from '../table.ts';
import data from './gpus.data.json' with { type: 'json' };

/** A card of the table; machines that are sold with several sizes of memory give the least, too. */
export interface GpuEntry extends GpuRecord {
  /** GB of the smallest machine of this name; `memoryGb` is the largest. */
  readonly memoryFromGb?: number;
}

let entries: readonly GpuEntry[] | undefined;

/** Every card of the table, newest generation first within a kind. Decoded once. */
export function listGpus(): readonly GpuEntry[] {
  entries ??= decodeRows(data as unknown as FactTable) as unknown as readonly GpuEntry[];
  return entries;
}
