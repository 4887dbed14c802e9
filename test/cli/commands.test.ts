import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { rules } from '../../src-core/index.ts';
import { root } from '../harness/suite.ts';
import { folderWith, GOOD, tunelint } from './terminal.ts';

const COMMANDS = ['check', 'estimate', 'probe', 'explain', 'rules', 'models', 'gpus', 'lsp'];

describe('help', () => {
  test('lists every command', async () => {
    const { code, out } = await tunelint(['--help']);
    assert.equal(code, 0);
    for (const name of COMMANDS) assert.match(out, new RegExp(`\\n {2}${name} `));
  });

  test('of each command lists its options within 100 columns', async () => {
    for (const name of COMMANDS) {
      const { code, out } = await tunelint([name, '--help']);
      assert.equal(code, 0, name);
      assert.match(out, new RegExp(`Usage: tunelint ${name}`));
      assert.equal((await tunelint(['help', name])).out, out);
      for (const line of out.split('\n')) assert.ok(line.length <= 100, line);
    }
  });

  test('without words is an error', async () => {
    const { code, out, err } = await tunelint([]);
    assert.equal(code, 2);
    assert.equal(out, '');
    assert.match(err, /Usage/);
  });

  test('version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
    for (const way of ['--version', '-v', 'version'])
      assert.equal((await tunelint([way])).out, `tunelint ${version}\n`);
  });
});

describe('look-ups', () => {
  test('an estimate of a model alone says what is missing', async () => {
    const { code, err } = await tunelint(['estimate', 'Qwen/Qwen2.5-7B']);
    assert.equal(code, 2);
    assert.match(err, /no such file or folder\nestimate reads how it is trained: .* --model Qwen/);
    assert.doesNotMatch((await tunelint(['estimate', 'none.sh'])).err, /how it is trained/);
    const unknown = await tunelint(['estimate', '--', 'swift', 'sft', '--model', 'foo/bar']);
    assert.equal(unknown.code, 1);
    assert.match(
      unknown.out,
      /foo\/bar · [\s\S]*dimensions are not known\. "tunelint models" lists/,
    );
  });

  test('rules lists each of them', async () => {
    const { out } = await tunelint(['rules']);
    for (const { id } of rules) assert.ok(out.includes(` ${id} `), id);
    const listed = JSON.parse((await tunelint(['rules', '--format', 'json'])).out);
    assert.equal(listed.length, rules.length);
    const extra = await tunelint(['rules', 'does-not-fit']);
    assert.equal(extra.code, 2);
    assert.match(extra.err, /did you mean "tunelint explain does-not-fit"\?/);
  });

  test('explain prints the page of every rule', async () => {
    for (const { id } of rules) {
      const { code, out } = await tunelint(['explain', id]);
      assert.equal(code, 0, id);
      assert.ok(out.startsWith(`# ${id}\n`), id);
    }
  });

  test('explain helps with a name that is none', async () => {
    const near = await tunelint(['explain', 'fp16-overflow-model']);
    assert.equal(near.code, 2);
    assert.match(near.err, /did you mean fp16-overflows-model\?/);
    assert.equal((await tunelint(['explain'])).code, 2);
  });

  test('models finds by words, by nickname, and suggests', async () => {
    const words = await tunelint(['models', 'qwen2.5', '7b', 'instruct']);
    assert.match(words.out, /Qwen\/Qwen2\.5-7B-Instruct +7\.6 B/);
    const base = await tunelint(['models', 'unsloth/Qwen2.5-7B-Instruct']);
    assert.match(base.out, /7\.6 B/);
    const typo = await tunelint(['models', 'Qwen/Qwen2.5-7B-Instuct']);
    assert.match(typo.err, /did you mean Qwen\/Qwen2\.5-7B-Instruct/);
    assert.equal((await tunelint(['models', 'nothing like it'])).code, 2);
  });

  test('gpus finds by words and by nickname', async () => {
    assert.match((await tunelint(['gpus', 'a100'])).out, /A100.* 40 GB[\s\S]*A100.* 80 GB/);
    assert.match((await tunelint(['gpus', 'RTX4090D'])).out, /4090 D +24 GB/);
    assert.equal((await tunelint(['gpus', 'Voodoo'])).code, 2);
    assert.ok(JSON.parse((await tunelint(['gpus', '--format', 'json'])).out).length > 100);
  });
});

describe('estimate and probe', () => {
  const around = { stdin: GOOD };

  test('print one run with its memory and with its range', async () => {
    const estimate = await tunelint(
      ['estimate', '--stdin-filename', 'a.sh', '--gpu', '4090'],
      around,
    );
    assert.equal(estimate.code, 0, estimate.err);
    assert.match(estimate.out, /total +\d+\.\d GiB/);
    const probe = await tunelint(['probe', '--stdin-filename', 'a.sh'], around);
    assert.match(probe.out, /(fine|near|unknown|overflow) /);
  });

  test('want one file with a run', async () => {
    assert.equal((await tunelint(['estimate'])).code, 2);
    const own = await tunelint(['estimate', '--stdin-filename', 'a.sh'], {
      stdin:
        'python my.py --model_name_or_path Qwen/Qwen2.5-7B --output_dir out --per_device_train_batch_size 2 --seed 1 --bf16\n',
    });
    assert.match(
      own.out,
      /memory: not judged, the text does not say whether all weights or\s+adapters train/,
    );
    const none = await tunelint(['estimate', '--stdin-filename', 'a.sh'], { stdin: 'ls\n' });
    assert.equal(none.code, 2);
    assert.match(none.err, /no training run/);
    const folder = await tunelint(['probe', 'examples'], { cwd: root });
    assert.match(folder.err, /one file at a time/);
  });
});

describe('checkpoints', () => {
  const entry = (step: number) => ({ epoch: step / 100, loss: step > 20 ? NaN : 1, step });
  const state = (...steps: number[]) =>
    JSON.stringify({ global_step: steps.at(-1), log_history: steps.map(entry) }, null, 2)
      .replaceAll('null', 'NaN')
      .concat('\n');
  const checked = async (cwd: string, ...paths: string[]) => {
    const { out } = await tunelint(['check', ...paths, '--format', 'json'], { cwd });
    const shown: { files: { path: string }[] } = JSON.parse(out);
    return shown.files.map((file) => file.path);
  };

  test('that repeat the history of a later one are said once', async (t) => {
    const cwd = folderWith(t, {
      'out/checkpoint-10/trainer_state.json': state(10),
      'out/checkpoint-30/trainer_state.json': state(10, 20, 30),
      'out/checkpoint-40/trainer_state.json': state(10, 20, 30, 40),
      'out/checkpoint-50/trainer_state.json': state(5, 50),
      'other/checkpoint-30/trainer_state.json': state(10, 20, 30),
    });
    assert.deepEqual(await checked(cwd, '.'), [
      'other/checkpoint-30/trainer_state.json',
      'out/checkpoint-40/trainer_state.json',
      'out/checkpoint-50/trainer_state.json',
    ]);
    const named = 'out/checkpoint-30/trainer_state.json';
    assert.deepEqual(await checked(cwd, named), [named]);
    assert.ok((await checked(cwd, 'out', named)).length >= 2);
  });

  test('are said once beside the state of the whole run', async (t) => {
    const cwd = folderWith(t, {
      'checkpoint-30/trainer_state.json': state(10, 20, 30),
      'trainer_state.json': state(10, 20, 30, 40),
    });
    assert.deepEqual(await checked(cwd, '.'), ['trainer_state.json']);
  });
});
