import { lazy } from '../text/lazy.ts';

/** One cell of a fact table. Missing cells are `null` or cut off at the end of the row. */
export type Cell = string | number | boolean | null | readonly number[];

/** A table as a data module keeps it: column paths (`arch.moe.experts`), rows, and the sources. */
export interface FactTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Sources by number; a row's column `sources` points here. */
  readonly sources: readonly string[];
}

interface Tree {
  [key: string]: Cell | Tree | readonly string[];
}

/** The rows of a table by their number; a session needs few of them. */
export interface Rows<T> {
  /** The row as an object, decoded when it is first asked for: dotted columns nest, missing cells are absent. */
  at(row: number): T;
  all(): readonly T[];
  /** The texts of one column, row by row. */
  texts(column: string): readonly string[];
}

/** The rows of `table`, each with `more` in it; sources are spelled out. */
export function rowsOf<T>(table: FactTable, more: Partial<T> = {}): Rows<T> {
  const decoded: T[] = [];
  const paths = lazy(() => table.columns.map((column) => column.split('.')));
  const at = (i: number): T => {
    const row =
      decoded[i] ?? ({ ...decodeRow(table.rows[i] ?? [], paths(), table.sources), ...more } as T);
    decoded[i] = row;
    return row;
  };
  return {
    at,
    all: () => table.rows.map((_, i) => at(i)),
    texts(column) {
      const at = table.columns.indexOf(column);
      return table.rows.map((cells) => String(cells[at]));
    },
  };
}

function decodeRow(
  row: readonly Cell[],
  paths: readonly (readonly string[])[],
  sources: readonly string[],
): object {
  const record: Tree = {};
  row.forEach((cell, i) => {
    const path = paths[i];
    if (cell === null || path === undefined) return;
    put(record, path, Array.isArray(cell) ? cell.map((n) => sources[n] ?? '') : cell);
  });
  return record;
}

function put(record: Tree, path: readonly string[], value: Tree[string]): void {
  let tree = record;
  for (let i = 0; i < path.length - 1; i++) tree = childOf(tree, path[i] ?? '');
  tree[path.at(-1) ?? ''] = value;
}

function childOf(tree: Tree, key: string): Tree {
  const next = tree[key];
  if (isTree(next)) return next;
  const child: Tree = {};
  tree[key] = child;
  return child;
}

function isTree(value: Tree[string] | undefined): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
