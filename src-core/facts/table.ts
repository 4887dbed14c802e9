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

/** Each row as an object: dotted columns nest, missing cells are absent, sources are spelled out. */
export function decodeRows(table: FactTable): readonly object[] {
  const paths = table.columns.map((column) => column.split('.'));
  return table.rows.map((row) => decodeRow(row, paths, table.sources));
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

function put(tree: Tree, path: readonly string[], value: Tree[string]): void {
  const [head, ...rest] = path;
  if (head === undefined) return;
  if (rest.length === 0) {
    tree[head] = value;
    return;
  }
  const next = tree[head];
  const child: Tree = isTree(next) ? next : {};
  tree[head] = child;
  put(child, rest, value);
}

function isTree(value: Tree[string] | undefined): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
