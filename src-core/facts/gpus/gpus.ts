import { lazy } from '../../text/lazy.ts';
import type { GpuRecord } from '../gpu.ts';
import { type FactTable, rowsOf } from '../table.ts';
import data from './gpus.data.json' with { type: 'json' };

/** A card of the table; machines that are sold with several sizes of memory give the least, too. */
export interface GpuEntry extends GpuRecord {
  /** GB of the smallest machine of this name; `memoryGb` is the largest. */
  readonly memoryFromGb?: number;
}

const rows = rowsOf<GpuEntry>(data as unknown as FactTable);

/** The names of all cards, in the order of the table. */
export const gpuNames = lazy(() => rows.texts('name'));

/** The card of a row. */
export const gpuAt = (row: number): GpuEntry => rows.at(row);

/** Every card of the table, newest generation first within a kind. */
export function listGpus(): readonly GpuEntry[] {
  return rows.all();
}
