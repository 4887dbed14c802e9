// The npm package as a stranger gets it: packed, installed without a network, run by its name.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { root } from '../harness/suite.ts';
import { BAD, folderWith, GOOD } from './terminal.ts';

/** What may be in the package; anything else is a mistake. */
const ALLOWED =
  /^(package\.json|README\.md|LICENSE|dist\/(cli|server)(\.core)?\.js|dist\/tables\.txt|dist\/rules\/[\w-]+\.md)$/;

/** The environment without the settings of the npm that runs the tests. */
const env = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name))),
  NO_COLOR: '1',
};

function run(command: string, argv: readonly string[], cwd: string) {
  return spawnSync(command, argv, { cwd, env, encoding: 'utf8' });
}

function must(command: string, argv: readonly string[], cwd: string): string {
  const done = run(command, argv, cwd);
  assert.equal(done.status, 0, `${argv.join(' ')}\n${done.stdout}${done.stderr}`);
  return done.stdout;
}

describe('the npm package', () => {
  const home = mkdtempSync(path.join(tmpdir(), 'tunelint-npm-'));
  const npx = (argv: readonly string[]) =>
    run('npx', ['--offline', '--no', '--', 'tunelint', ...argv], home);
  let packed: readonly string[] = [];

  before(() => {
    must(process.execPath, [path.join(root, 'setup.mjs')], root);
    const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', home];
    const [{ filename, files }] = JSON.parse(must('npm', pack, root));
    packed = files.map((file: { readonly path: string }) => file.path);
    writeFileSync(path.join(home, 'package.json'), '{}\n');
    const quiet = ['--no-audit', '--no-fund', '--ignore-scripts'];
    must('npm', ['install', '--offline', ...quiet, `./${filename}`], home);
  });

  after(() => rmSync(home, { recursive: true, force: true }));

  test('holds the command line, the server and the pages of the rules, and nothing else', () => {
    assert.deepEqual(
      packed.filter((file) => !ALLOWED.test(file)),
      [],
    );
    for (const file of ['cli.js', 'cli.core.js', 'server.js', 'server.core.js', 'tables.txt'])
      assert.ok(packed.includes(`dist/${file}`), file);
    assert.ok(packed.includes('dist/rules/fp16-overflows-model.md'));
  });

  test('may be published and needs no other package', () => {
    const manifest = JSON.parse(
      readFileSync(path.join(home, 'node_modules/tunelint/package.json'), 'utf8'),
    );
    assert.notEqual(manifest.private, true);
    assert.deepEqual(manifest.dependencies ?? {}, {});
  });

  test('is run by npx: exit codes and JSON', (t) => {
    const folder = folderWith(t, { 'bad.sh': BAD, 'good.sh': GOOD });
    const bad = npx(['check', path.join(folder, 'bad.sh'), '--format', 'json']);
    assert.equal(bad.status, 1, bad.stderr);
    const [file] = JSON.parse(bad.stdout).files;
    assert.equal(file.findings[0].rule, 'fp16-overflows-model');
    assert.equal(npx(['check', path.join(folder, 'good.sh')]).status, 0);
    assert.equal(npx(['check', path.join(folder, 'none.sh')]).status, 2);
  });

  test('explains a rule from the page it carries', () => {
    const done = npx(['explain', 'fp16-overflows-model']);
    assert.equal(done.status, 0, done.stderr);
    assert.match(done.stdout, /Why it matters/);
  });

  test('serves pre-commit: the entry of the hook runs on the files it is handed', (t) => {
    const hooks = parse(readFileSync(path.join(root, '.pre-commit-hooks.yaml'), 'utf8'));
    const [{ id, entry, language, files }, ...others] = hooks;
    assert.deepEqual([id, language, others.length], ['tunelint', 'node', 0]);
    const ours = ['train.sh', 'a/b.yml', 'x.ipynb', 'scripts/train', 'run.slurm', 'a.jsonc'];
    const foreign = [
      '.clang-format',
      '.yamllint',
      'a/Pipfile.lock',
      'map.geojson',
      'a.b/.eslintrc',
    ];
    assert.deepEqual(
      [...ours, ...foreign].filter((name) => new RegExp(files).test(name)),
      ours,
    );
    const [program = '', ...argv] = entry.split(' ');
    const bin = path.join(home, 'node_modules/.bin', program);
    const folder = folderWith(t, { 'bad.sh': BAD, 'good.sh': GOOD, 'notes.yaml': 'a: 1\n' });
    assert.equal(run(bin, [...argv, 'good.sh', 'notes.yaml'], folder).status, 0);
    const done = run(bin, [...argv, 'good.sh', 'bad.sh', 'notes.yaml'], folder);
    assert.equal(done.status, 1, done.stderr);
    assert.match(done.stdout, /bad\.sh:5:17 \[fp16-overflows-model\]/);
  });
});
