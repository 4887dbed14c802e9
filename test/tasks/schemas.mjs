// Writes src-core/frameworks/<name>/keys.data.json from schemas extracted out of the frameworks'
// sources, and prints what changed against the files that stand there.
//   node test/tasks/schemas.mjs FOLDER [framework ...]     FOLDER: <name>.json and history/<name>.json
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildData } from './schemas/build.mjs';
import { describeChanges } from './schemas/changes.mjs';
import { SOURCES } from './schemas/sources.mjs';

const target = (name) =>
  join(import.meta.dirname, '../../src-core/frameworks', name, 'keys.data.json');

const [folder, ...only] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node test/tasks/schemas.mjs FOLDER [framework ...]');
  process.exit(2);
}
let total = 0;
for (const [name, source] of Object.entries(SOURCES)) {
  if (only.length > 0 && !only.includes(name)) continue;
  const data = buildData(source(folder), folder);
  const path = target(name);
  const before = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
  const text = `${JSON.stringify(data, null, 0).replaceAll('","', '",\n"').replaceAll('],[', '],\n[')}\n`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  const zipped = gzipSync(text).length;
  total += zipped;
  console.log(`${name}: ${data.scopes.length} scopes, ${text.length} B, ${zipped} B gzipped`);
  for (const line of describeChanges(before, data)) console.log(`  ${line}`);
}
console.log(`all: ${total} B gzipped`);
