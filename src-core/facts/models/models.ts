import { lazy } from '../../text/lazy.ts';
import type { ModelRecord } from '../model.ts';
import { type FactTable, rowsOf } from '../table.ts';
import data from './models.data.json' with { type: 'json' };

const rows = rowsOf<ModelRecord>(data as unknown as FactTable, { basis: 'table' });
const rowsById = lazy(
  (): ReadonlyMap<string, number> =>
    new Map(rows.texts('id').map((id, row) => [id.toLowerCase(), row])),
);

/** Every model of the table, in its order (families together, small to large). */
export function listModels(): readonly ModelRecord[] {
  return rows.all();
}

/** The table's model with this hub id, ignoring case. */
export function modelById(id: string): ModelRecord | undefined {
  const row = rowsById().get(id.toLowerCase());
  return row === undefined ? undefined : rows.at(row);
}
