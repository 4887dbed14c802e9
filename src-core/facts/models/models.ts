import type { ModelRecord } from '../model.ts';
import { decodeRows, type FactTable } from '../table.ts';
import data from './models.data.json' with { type: 'json' };

let records: readonly ModelRecord[] | undefined;

/** Every model of the table, in its order (families together, small to large). Decoded once. */
export function listModels(): readonly ModelRecord[] {
  records ??= decodeRows(data as unknown as FactTable).map(
    (row) => ({ ...row, basis: 'table' }) as unknown as ModelRecord,
  );
  return records;
}
