// npm run bench:cli: `tunelint check` over 1,000 configs (`--files`), beside a Node that does nothing,
// in turn (`--runs` times each). Times of one machine say little: read them against that. With `CI` set nothing
// is kept from one check to the next, neither compiled code nor estimates.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { writeConfigs } from './configs.mjs';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const number = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
};
const FILES = number('files', 1000);
const RUNS = number('runs', 5);
const LARGEST_REPORT = 2 ** 28;
const CHECK = [cli, 'check', '.', '--exit-zero'];

/** Runs Node with these words; gives what it printed and the ms it took. */
function timed(argv, cwd, CI) {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, {
    cwd,
    env: { ...process.env, CI },
    encoding: 'utf8',
    maxBuffer: LARGEST_REPORT,
  });
  const ms = performance.now() - started;
  if (status !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
  return { stdout, ms };
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** What is measured: a Node that does nothing first, as the base of the ratios. */
const ROWS = [
  { name: 'node -e 0', argv: ['-e', '0'] },
  { name: 'tunelint check .', argv: [...CHECK] },
  { name: 'the same, nothing kept', argv: [...CHECK], CI: 'true' },
  { name: 'with --gpu "RTX 4090D"', argv: [...CHECK, '--gpu', 'RTX 4090D'] },
  { name: 'the same, nothing kept', argv: [...CHECK, '--gpu', 'RTX 4090D'], CI: 'true' },
];

function measure(folder) {
  const rows = ROWS.map((row) => ({ ...row, times: [] }));
  for (let i = 0; i < RUNS; i++)
    for (const row of rows) row.times.push(timed(row.argv, folder, row.CI).ms);
  console.log('ms at the median of all runs, and the fastest of them');
  for (const { name, times } of rows) {
    const figures = [median(times), Math.min(...times)].map((ms) => ms.toFixed(0).padStart(8));
    console.log(name.padEnd(24) + figures.join(''));
  }
}

const folder = mkdtempSync(path.join(tmpdir(), 'tunelint-bench-'));
try {
  const kinds = Object.entries(writeConfigs(folder, FILES));
  console.log(kinds.map(([kind, count]) => `${count} ${kind}`).join(', '));
  console.log(timed(CHECK, folder).stdout.trimEnd().split('\n').at(-1));
  measure(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
