// npm run bench:lsp: our server beside others in one run, operation by operation in turn. Times of
// one machine say little; read the ratios. `--floor` leaves the peers out (no network needed), and
// `--lines 50000` measures documents of that length instead.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { startClient } from './client.mjs';
import { jsonDocument, shellDocument, yamlDocument } from './documents.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const cache = path.join(root, '.vscode-test/bench');
const number = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const STARTS = number('starts', 15);
const EDITS = number('edits', 200);
const MEMORY_EDITS = Math.ceil(EDITS / 4);
const LENGTHS = process.argv.includes('--lines') ? [number('lines')] : [50, 500];
const PEERS = { 'vscode-langservers-extracted': '4.10.0', 'yaml-language-server': '1.18.0' };

function installPeers() {
  if (process.argv.includes('--floor')) return false;
  const manifest = path.join(cache, 'package.json');
  const done = Object.keys(PEERS).every((name) =>
    existsSync(path.join(cache, 'node_modules', name)),
  );
  if (done) return true;
  mkdirSync(cache, { recursive: true });
  writeFileSync(manifest, JSON.stringify({ private: true, dependencies: PEERS }));
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const { status } = spawnSync('npm', args, { cwd: cache, stdio: 'inherit' });
  if (status !== 0)
    console.log('the peers could not be installed: measuring against the floor only');
  return status === 0;
}

async function buildFloor() {
  const outfile = path.join(cache, 'floor.js');
  await build({
    entryPoints: [path.join(root, 'test/bench/floor.mjs')],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    logLevel: 'warning',
  });
  return outfile;
}

async function servers() {
  const ours = {
    command: ['node', path.join(root, 'dist/server.js'), '--stdio'],
    settings: { gpu: 'RTX 4090D' },
  };
  const list = [
    { name: 'floor', document: shellDocument, command: ['node', await buildFloor(), '--stdio'] },
    { name: 'tunelint (shell)', document: shellDocument, ...ours },
    { name: 'tunelint (YAML)', document: yamlDocument, ...ours },
  ];
  if (!installPeers()) return list;
  const require = createRequire(path.join(cache, 'package.json'));
  const bin = (name, file) =>
    path.join(path.dirname(require.resolve(`${name}/package.json`)), file);
  const json = bin('vscode-langservers-extracted', 'bin/vscode-json-language-server');
  const yaml = bin('yaml-language-server', 'bin/yaml-language-server');
  return [
    ...list,
    { name: 'vscode-json', document: jsonDocument, command: ['node', json, '--stdio'] },
    { name: 'yaml-language', document: yamlDocument, command: ['node', yaml, '--stdio'] },
  ];
}

function positionOf(text, needle) {
  const before = text.slice(0, text.lastIndexOf(needle) + needle.length).split('\n');
  return { line: before.length - 1, character: before.at(-1).length };
}

/** Types digits behind `probe` in place of those typed before: no two edits give the same text. */
function editOf(document, probe, i) {
  const start = positionOf(document.text, probe);
  const last = i === 0 ? '' : digits(i - 1);
  return [{ start, end: { ...start, character: start.character + last.length } }, digits(i)];
}

/** One to three digits, the same for each server. */
const digits = (i) => String((i * 37) % 1000);

const quantile = (values, q) => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
};

/** Our server keeps compiled code and more for later starts; each gets the time for what it has of the kind. */
async function warmUp(list, lines) {
  for (const server of list) {
    const client = startClient(server);
    await client.initialize();
    await client.open(server.document(lines));
    await new Promise((resolve) => setTimeout(resolve, 5000));
    await client.stop();
  }
}

async function measure(list, lines) {
  const rows = list.map((server) => ({
    ...server,
    document: server.document(lines),
    init: [],
    start: [],
    again: [],
    edit: [],
    hover: [],
    need: [],
  }));
  for (let i = 0; i < STARTS; i++) {
    for (const row of rows) {
      const client = startClient(row);
      row.init.push(await client.initialize());
      const fresh = { ...row.document, name: `${process.pid}-${i}/${row.document.name}` };
      row.start.push(await client.open(fresh));
      await client.stop();
      const next = startClient(row);
      await next.initialize();
      row.again.push(await next.open(row.document));
      await next.stop();
    }
  }
  for (const row of rows) {
    row.client = startClient(row);
    await row.client.initialize();
    await row.client.open(row.document);
  }
  for (let i = 0; i < EDITS; i++)
    for (const row of rows)
      row.edit.push(await row.client.edit(...editOf(row.document, row.document.probe, i)));
  for (let i = 0; i < EDITS; i++)
    for (const row of rows) {
      const { line, character } = positionOf(row.document.text, row.document.probe);
      row.hover.push(await row.client.hover({ line, character: character - 1 }));
    }
  for (const row of rows) row.memory = row.client.peakMemory();
  for (let i = 0; i < MEMORY_EDITS; i++)
    for (const row of rows)
      if (row.document.memoryProbe !== undefined && row.settings !== undefined)
        row.need.push(await row.client.edit(...editOf(row.document, row.document.memoryProbe, i)));
  for (const row of rows) {
    row.busy = row.client.peakMemory();
    await row.client.stop();
  }
  return rows;
}

function print(rows, lines) {
  const floor = rows[0];
  const cell = (value, base) =>
    `${value.toFixed(value < 10 ? 2 : 0)} (${(value / base).toFixed(2)}x)`.padStart(15);
  console.log(`\n${lines} lines; ms, and the ratio to the floor`);
  console.log(
    [
      'server'.padEnd(18),
      'answers p50',
      'start p50',
      'again p50',
      'edit p50',
      'edit p95',
      'hover p50',
      'peak MiB',
    ]
      .map((head, i) => (i ? head.padStart(15) : head))
      .join(''),
  );
  for (const row of rows) {
    const figures = ({ init, start, again, edit, hover, memory }) => [
      quantile(init, 0.5),
      quantile(start, 0.5),
      quantile(again, 0.5),
      quantile(edit, 0.5),
      quantile(edit, 0.95),
      quantile(hover, 0.5),
      memory,
    ];
    const base = figures(floor);
    console.log(
      row.name.padEnd(18) +
        figures(row)
          .map((value, i) => cell(value, base[i]))
          .join(''),
    );
  }
  for (const { name, need, busy } of rows.filter((row) => row.need.length > 0)) {
    const figures = `${quantile(need, 0.5).toFixed(1)} ms, ${busy.toFixed(0)} MiB at the peak`;
    console.log(`${name}, where edits change the memory of the run: ${figures}`);
  }
}

mkdirSync(cache, { recursive: true });
const list = await servers();
for (const lines of LENGTHS) {
  await warmUp(list, lines);
  print(await measure(list, lines), lines);
}
