// action.yml, step by step as a runner takes it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { root } from '../harness/suite.ts';
import { BAD, folderWith, GOOD } from './terminal.ts';

interface Step {
  readonly name: string;
  readonly id?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

interface Result {
  readonly ruleId: string;
  readonly locations: readonly [
    { readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } } },
  ];
}

const placeOf = ({ locations }: Result) => locations[0].physicalLocation.artifactLocation.uri;

const text = readFileSync(path.join(root, 'action.yml'), 'utf8');
const { inputs, runs }: Action = parse(text);

function stepWith(part: string): Step {
  const step = runs.steps.find(({ run, uses }) => (run ?? uses ?? '').includes(part));
  assert.ok(step, part);
  return step;
}

/** The value with the inputs put in, as the runner does it. */
function filled(value: string, given: Readonly<Record<string, string>>): string {
  return value.replace(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, name) => {
    const input = given[name] ?? inputs[name]?.default;
    assert.ok(input !== undefined, name);
    return input;
  });
}

/** Runs a shell step of the action in a folder. */
function runStep(
  { run = '', env = {} }: Step,
  given: Readonly<Record<string, string>>,
  cwd: string,
) {
  const own = Object.entries(env).map(([name, value]) => [name, filled(value, given)]);
  return spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...Object.fromEntries(own), GITHUB_ACTION_PATH: root },
  });
}

describe('the GitHub action', () => {
  const check = stepWith('check.sh');
  const resultsIn = (folder: string, file = 'tunelint.sarif'): readonly Result[] =>
    JSON.parse(readFileSync(path.join(folder, file), 'utf8')).runs[0].results;
  const rulesOf = (results: readonly Result[]) => results.map(({ ruleId }) => ruleId);

  before(() => {
    const { status, stderr } = runStep(stepWith('setup.mjs'), {}, root);
    assert.equal(status, 0, stderr);
  });

  test('reports an error, writes it as SARIF and fails', (t) => {
    const folder = folderWith(t, { 'runs/train.sh': BAD });
    const done = runStep(check, {}, folder);
    assert.equal(done.status, 1, done.stderr);
    assert.match(done.stdout, /^::error file=runs\/train\.sh,/m);
    const results = resultsIn(folder);
    assert.ok(rulesOf(results).includes('fp16-overflows-model'));
    assert.deepEqual([...new Set(results.map(placeOf))], ['runs/train.sh']);
  });

  test('passes what has no error, unless a milder severity is to fail', (t) => {
    const folder = folderWith(t, { 'train.sh': GOOD });
    assert.equal(runStep(check, {}, folder).status, 0);
    assert.deepEqual(rulesOf(resultsIn(folder)), ['bf16-eager-attention']);
    assert.equal(runStep(check, { 'fail-on': 'warning' }, folder).status, 1);
  });

  test('checks every path against the card that is named, and writes where it is told to', (t) => {
    const folder = folderWith(t, { 'a/train.sh': GOOD, 'b/train.sh': GOOD, 'c/train.sh': GOOD });
    const given = { path: 'a b', gpu: 'GTX 1080', sarif: 'report.sarif' };
    assert.equal(runStep(check, given, folder).status, 1);
    const results = resultsIn(folder, 'report.sarif');
    assert.deepEqual([...new Set(results.map(placeOf))], ['a/train.sh', 'b/train.sh']);
    assert.ok(rulesOf(results).includes('bf16-unsupported-gpu'));
  });

  test('fails when it cannot read what it is to check', (t) => {
    const done = runStep(check, { path: 'nowhere' }, folderWith(t, {}));
    assert.equal(done.status, 2);
    assert.match(done.stderr, /nowhere: no such file or folder/);
  });

  test('uploads the report also after findings, unless told not to', () => {
    const upload = stepWith('github/codeql-action/upload-sarif@');
    assert.ok(runs.steps.indexOf(upload) > runs.steps.indexOf(check));
    assert.equal(filled(upload.with?.sarif_file ?? '', {}), 'tunelint.sarif');
    assert.equal(inputs.upload?.default, 'true');
    assert.match(upload.if ?? '', /^\$\{\{ !cancelled\(\) .*inputs\.upload == 'true'/);
    assert.match(upload.if ?? '', new RegExp(`steps\\.${check.id}\\.outcome != 'skipped'`));
  });

  test('uses every input that it has, and no other', () => {
    const used = [...text.matchAll(/\binputs\.([\w-]+)/g)].map(([, name]) => name);
    assert.deepEqual([...new Set(used)].sort(), Object.keys(inputs).sort());
  });
});
