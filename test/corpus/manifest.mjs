import { readFileSync } from 'node:fs';

/**
 * Reads the list of corpus files: a tab-separated table whose first row names the columns.
 * @param {string} path
 * @returns {{repo: string, commit: string, path: string, kind: string, source: string,
 *   place: number, origin: string, file: string}[]}
 */
export function readManifest(path) {
  const [head = '', ...lines] = readFileSync(path, 'utf8').split('\n');
  const columns = head.split('\t');
  return lines
    .filter((line) => line !== '')
    .map((line) => {
      const cells = line.split('\t');
      const row = Object.fromEntries(columns.map((name, i) => [name, cells[i] ?? '']));
      return {
        repo: row.repo,
        commit: row.commit,
        path: row.path,
        kind: row.kind,
        source: row.source,
        place: Number(row.line_or_cell || 0),
        origin: row.origin,
        file: row.corpus_file,
      };
    });
}

/** Groups rows by a key, keeping the order in which the keys first appear. */
export function groupBy(rows, keyOf) {
  const groups = new Map();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}
