import { writeFileSync } from 'node:fs';

/** A record with dotted keys, as a generator collects it. */
export type Flat = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;

/** Writes records as a fact table: one row a line, sources by number, trailing gaps cut. */
export function writeTable(
  path: string,
  columns: readonly string[],
  records: readonly Flat[],
): void {
  const sources = new Map<string, number>();
  const numberOf = (source: string): number => {
    const known = sources.get(source);
    if (known !== undefined) return known;
    sources.set(source, sources.size);
    return sources.size - 1;
  };
  const rows = records.map((record) => {
    const row = columns.map((column) => {
      const value = record[column];
      if (value === undefined) return null;
      return Array.isArray(value) ? value.map(numberOf) : value;
    });
    while (row.at(-1) === null) row.pop();
    return JSON.stringify(row);
  });
  const list = (lines: readonly string[]): string => `[\n${lines.join(',\n')}\n]`;
  const text = `{"columns":${JSON.stringify(columns)},\n"rows":${list(rows)},\n"sources":${list(
    [...sources.keys()].map((source) => JSON.stringify(source)),
  )}}\n`;
  writeFileSync(path, text);
}
