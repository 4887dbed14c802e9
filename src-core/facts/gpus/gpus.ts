import { lazy } from '../../text/lazy.ts';
import type { GpuRecord } from '../gpu.ts';
import { type FactTable, rowDecoder } from '../table.ts';
import data from './gpus.data.json' with { type: 'json' };

/** A card of the table; machines that are sold with several sizes of memory give the least, too. */
export interface GpuEntry extends GpuRecord {
  /** GB of the smallest machine of this name; `memoryGb` is the largest. */
  readonly memoryFromGb?: number;
}

const table = data as unknown as FactTable;
const decoded: GpuEntry[] = [];
const decoder = lazy(() => rowDecoder(table));

/** The names of all cards, in the order of the table. */
export const gpuNames = lazy((): readonly string[] => {
  const column = table.columns.indexOf('name');
  return table.rows.map((row) => String(row[column]));
});

/** The card of a row, decoded when it is first asked for. */
export function gpuAt(row: number): GpuEntry {
  const gpu = decoded[row] ?? (decoder()(row) as unknown as GpuEntry);
  decoded[row] = gpu;
  return gpu;
}

/** Every card of the table, newest generation first within a kind. */
export function listGpus(): readonly GpuEntry[] {
  return gpuNames().map((_, row) => gpuAt(row));
}
