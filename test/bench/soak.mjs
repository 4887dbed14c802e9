// npm run soak -- --minutes 60: edits one document again and again, and holds the server's memory at
// the end against what it was after the first tenth. Stops by itself.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startClient } from './client.mjs';
import { shellDocument } from './documents.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const at = process.argv.indexOf('--minutes');
const minutes = Math.min(60, at < 0 ? 1 : Number(process.argv[at + 1]));
const GROWTH = 1.25;

const document = shellDocument(200);
const command = ['node', path.join(root, 'dist/server.js'), '--stdio'];
const client = startClient({ command, settings: { gpu: 'RTX 4090D' } });
await client.initialize();
await client.open(document);

const lines = document.text.split('\n');
const line = lines.findLastIndex((text) => text.includes(document.probe));
const character = lines[line].indexOf(document.probe) + document.probe.length;
const start = { line, character };
const end = { line, character: character + 1 };

const began = Date.now();
const length = minutes * 60_000;
/** Resident memory after each tenth of the time, MiB: the first is warm, the last is judged. */
const curve = [];
let edits = 0;
while (Date.now() - began < length) {
  await client.edit({ start, end: start }, String(edits % 10));
  await client.hover(start);
  await client.edit({ start, end }, '');
  edits += 2;
  if (Date.now() - began > ((curve.length + 1) * length) / 10) curve.push(client.memory());
}
const late = client.memory();
const early = curve[0] ?? late;
const peak = client.peakMemory();
await client.stop();
const ratio = late / early;
console.log(
  `${edits} edits in ${minutes} min: ${[...curve, late].map((mib) => mib.toFixed(0)).join(' ')} MiB ` +
    `after each tenth, ${peak.toFixed(0)} MiB at most`,
);
console.log(
  ratio <= GROWTH ? '1 passed, 0 failed' : `grew ${ratio.toFixed(2)}x: 0 passed, 1 failed`,
);
process.exit(ratio <= GROWTH ? 0 : 1);
