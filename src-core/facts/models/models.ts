import { lazy } from '../../text/lazy.ts';
import type { ModelRecord } from '../model.ts';
import { type FactTable, rowDecoder } from '../table.ts';
import data from './models.data.json' with { type: 'json' };

const table = data as unknown as FactTable;
const decoded: ModelRecord[] = [];
const decoder = lazy(() => rowDecoder(table));
const rowsById = lazy(indexIds);

/** The model of a row. A session needs few of them: each is decoded when it is first asked for. */
function modelAt(row: number): ModelRecord {
  const model = decoded[row] ?? ({ ...decoder()(row), basis: 'table' } as unknown as ModelRecord);
  decoded[row] = model;
  return model;
}

/** Every model of the table, in its order (families together, small to large). */
export function listModels(): readonly ModelRecord[] {
  return table.rows.map((_, row) => modelAt(row));
}

/** The table's model with this hub id, ignoring case. */
export function modelById(id: string): ModelRecord | undefined {
  const row = rowsById().get(id.toLowerCase());
  return row === undefined ? undefined : modelAt(row);
}

function indexIds(): ReadonlyMap<string, number> {
  const column = table.columns.indexOf('id');
  return new Map(table.rows.map((cells, row) => [String(cells[column]).toLowerCase(), row]));
}
