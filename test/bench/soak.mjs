// npm run soak: an hour's typing at five letters a second (or `--edits N`), as fast as the server
// answers: letters at many places of one script, taken back again, with hovers, completions and quick
// fixes between them. Holds what is in use of the heap at the end against that after the first fifth,
// both after a collection. Stops by itself.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startClient } from './client.mjs';
import { shellDocument } from './documents.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const at = process.argv.indexOf('--edits');
const EDITS = Math.min(200_000, at < 0 ? 18_000 : Number(process.argv[at + 1]));
/** What is remembered, 64 estimates and the like, fills in the first hour and no further. */
const GROWTH = 1.15;
const LETTERS = '0123456789abcdef-_./ =';

let seed = 20261129;
/** A whole number below `limit`, the same row of them in each run. */
function draw(limit) {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * limit);
}

const document = shellDocument(200);
const client = startClient({
  command: [
    ...['node', '-r', path.join(root, 'test/bench/live-heap.cjs')],
    ...[path.join(root, 'dist/server.js'), '--stdio'],
  ],
  settings: { gpu: 'RTX 4090D' },
});
await client.initialize();
await client.open(document);
const lines = document.text.split('\n');

/** One to eight letters typed at one place, then taken back. Returns how many edits that were. */
async function typeSomething() {
  const line = draw(lines.length);
  const character = draw(lines[line].length + 1);
  const start = { line, character };
  const count = 1 + draw(8);
  for (let i = 0; i < count; i++) {
    const here = { line, character: character + i };
    await client.edit({ start: here, end: here }, LETTERS[draw(LETTERS.length)]);
  }
  await client.hover(start);
  await client.ask('textDocument/completion', { position: start });
  await client.ask('textDocument/codeLens', {});
  const range = { start, end: { line, character: character + count } };
  await client.ask('textDocument/codeAction', { range, context: { diagnostics: [] } });
  await client.edit(range, '');
  return count + 1;
}

/** MiB after each fifth of the edits: the first is warm, the last is judged. */
const resident = [];
const live = [];
const began = Date.now();
for (let edits = 0; live.length < 5; ) {
  edits += await typeSomething();
  if (edits < ((live.length + 1) * EDITS) / 5) continue;
  resident.push(client.memory());
  live.push(await client.liveHeap());
}
const seconds = ((Date.now() - began) / 1000).toFixed(0);
const peak = client.peakMemory().toFixed(0);
await client.stop();
const listed = (values, digits) => values.map((value) => value.toFixed(digits)).join(' ');
console.log(`${EDITS} edits in ${seconds} s; after each fifth of them:`);
console.log(`MiB of the heap in use: ${listed(live, 1)}`);
console.log(`MiB resident: ${listed(resident, 0)}, at most ${peak}`);
const ratio = live.at(-1) / live[0];
const good = ratio <= GROWTH;
console.log(good ? '1 passed, 0 failed' : `grew ${ratio.toFixed(2)}x: 0 passed, 1 failed`);
process.exit(good ? 0 : 1);
