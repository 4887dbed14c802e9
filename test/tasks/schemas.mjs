// Writes src-core/frameworks/<name>/keys.data.json from schemas extracted out of the frameworks'
// sources, and prints what changed against the files that stand there.
//   node test/tasks/schemas.mjs FOLDER [framework ...]     FOLDER: <name>.json and history/<name>.json
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildData } from './schemas/build.mjs';
import { describeChanges } from './schemas/changes.mjs';
import { torchtuneComponents } from './schemas/components.mjs';
import { SOURCES } from './schemas/sources.mjs';

const target = (name, file) => join(import.meta.dirname, '../../src-core/frameworks', name, file);

/** One row a line, so that a release shows its changes in the history too. */
const print = (data) =>
  `${JSON.stringify(data).replaceAll('","', '",\n"').replaceAll('],[', '],\n[')}\n`;

function write(path, data) {
  const text = print(data);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  const zipped = gzipSync(text).length;
  total += zipped;
  return `${text.length} B, ${zipped} B gzipped`;
}

let total = 0;
const [folder, ...only] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node test/tasks/schemas.mjs FOLDER [framework ...]');
  process.exit(2);
}
for (const [name, source] of Object.entries(SOURCES)) {
  if (only.length > 0 && !only.includes(name)) continue;
  const data = buildData(source(folder), folder);
  const path = target(name, 'keys.data.json');
  const before = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
  console.log(`${name}: ${data.scopes.length} scopes, ${write(path, data)}`);
  for (const line of describeChanges(before, data)) console.log(`  ${line}`);
}
if (only.length === 0 || only.includes('torchtune')) {
  const components = torchtuneComponents(folder);
  const path = target('torchtune', 'components.data.json');
  console.log(`torchtune components: ${write(path, components)}`);
}
console.log(`all: ${total} B gzipped`);
