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

/**
 * Decodes a row by its number: dotted columns nest, missing cells are absent, sources are spelled
 * out. Each call makes an object of its own.
 */
export function rowDecoder(table: FactTable): (row: number) => object {
  const paths = table.columns.map((column) => column.split('.'));
  return (i) => decodeRow(table.rows[i] ?? [], paths, table.sources);
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
