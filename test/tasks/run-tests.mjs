// Runs the tests with node's own runner. Words are parts of the names of the test files to run.
// `--update` rewrites the expectations of the Markdown suites, the rule pages and the README; with
// words only of those whose path has one of them.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const SKIPPED = new Set(['e2e', 'golden', 'fixtures', 'node_modules']);

function* testsBelow(folder) {
  for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) yield* testsBelow(name);
    else if (entry.name.endsWith('.test.ts')) yield name;
  }
}

const args = process.argv.slice(2);
const update = args.includes('--update');
const parts = args.filter((arg) => !arg.startsWith('-'));
const all = [...testsBelow('test')].sort();
const readme = parts.length === 0 || parts.some((part) => 'README.md'.includes(part));
const rewriting = readme ? /\/(suites|readme)\.test\.ts$/ : /\/suites\.test\.ts$/;
const chosen = update
  ? all.filter((name) => rewriting.test(name))
  : all.filter((name) => parts.length === 0 || parts.some((part) => name.includes(part)));
if (chosen.length === 0) {
  console.error(`no test file has ${parts.join(' or ')} in its name`);
  process.exit(1);
}

const { NODE_TEST_CONTEXT: _, ...env } = process.env;
const done = spawnSync(
  process.execPath,
  [
    '--import',
    'tsx',
    '--test',
    '--test-reporter=spec',
    `--test-concurrency=${availableParallelism()}`,
    ...chosen,
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: update ? { ...env, TUNELINT_UPDATE: parts.join(' ') || '/' } : env,
  },
);
process.exit(done.status ?? 1);
