import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';
import { factoryConfig } from '../harness/factory-config.ts';
import { root } from '../harness/suite.ts';
import { BAD, folderWith, GOOD, tunelint } from './terminal.ts';

const RULE = 'fp16-overflows-model';

interface Shown {
  readonly files: readonly {
    readonly path: string;
    readonly framework: string | null;
    readonly findings: readonly {
      readonly rule: string;
      readonly start: { readonly line: number; readonly column: number; readonly offset: number };
      readonly end: { readonly offset: number };
    }[];
  }[];
}

function parse(text: string): Shown {
  return JSON.parse(text);
}

/** The text that the finding of `RULE` underlines. */
function underlined(shown: Shown, text: string, file = 0): string | undefined {
  const found = shown.files[file]?.findings.find(({ rule }) => rule === RULE);
  return found === undefined ? undefined : text.slice(found.start.offset, found.end.offset);
}

describe('exit codes', () => {
  test('tell clean from found from wrong', async (t) => {
    const cwd = folderWith(t, { 'bad.sh': BAD, 'good.sh': GOOD });
    const code = async (...argv: string[]) => (await tunelint(['check', ...argv], { cwd })).code;
    assert.equal(await code('good.sh'), 0);
    assert.equal(await code('bad.sh'), 1);
    assert.equal(await code('good.sh', 'bad.sh'), 1);
    assert.equal(await code('bad.sh', '--exit-zero'), 0);
    assert.equal(await code('bad.sh', '--rule', `${RULE}=warning`), 0);
    assert.equal(await code('bad.sh', '--rule', `${RULE}=warning`, '--fail-on', 'warning'), 1);
    assert.equal(await code('bad.sh', '--rule', `${RULE}=hint`, '--fail-on=info'), 0);
    assert.equal(await code('bad.sh', '--rule', `${RULE}=off`, '--fail-on=hint', '--gpu=H100'), 0);
  });

  test('are 2 for what cannot be read, and the rest is checked', async (t) => {
    const cwd = folderWith(t, {
      'good.sh': GOOD,
      'blob.sh': Buffer.from([0x23, 0, 1, 2]),
      'notes.md': 'hello',
      'empty/other.sh': 'ls\n',
    });
    const all = await tunelint(
      ['check', 'none.sh', 'blob.sh', 'notes.md', 'empty', 'good.sh', '--format', 'json'],
      { cwd },
    );
    assert.equal(all.code, 2);
    assert.match(all.err, /none\.sh: no such file or folder/);
    assert.match(all.err, /blob\.sh: not a text file/);
    assert.match(all.err, /notes\.md: skipped/);
    assert.match(all.err, /empty: no training configs in this folder/);
    assert.deepEqual(
      parse(all.out).files.map((file) => file.path),
      ['good.sh'],
    );
    assert.equal((await tunelint(['check', 'empty'], { cwd })).code, 0);
    assert.equal((await tunelint(['check', 'notes.md'], { cwd })).code, 2);
    assert.equal((await tunelint(['check', 'notes.md', 'good.sh'], { cwd })).code, 0);
  });

  test('are 2 for wrong usage, with a hint', async () => {
    const wrong = async (...argv: string[]) => {
      const done = await tunelint(argv);
      assert.equal(done.code, 2, argv.join(' '));
      assert.equal(done.out, '');
      return done.err;
    };
    assert.match(await wrong('chek'), /did you mean check\?/);
    assert.match(await wrong('chekc'), /did you mean check\?/);
    assert.match(await wrong('check', '--gup', '4090'), /did you mean --gpu\?/);
    assert.match(await wrong('train.sh'), /did you mean "tunelint check train\.sh"/);
    assert.match(await wrong('check', '--formt', 'json'), /did you mean --format\?/);
    assert.match(await wrong('check', '--format', 'xml'), /one of pretty, json, sarif, github/);
    assert.match(await wrong('check', '--gpu'), /--gpu needs NAME/);
    assert.match(await wrong('check', '--fix=yes'), /takes no value/);
    assert.match(await wrong('check', '--gpus', '0'), /from 1 on/);
    assert.match(await wrong('check', '--gpu', 'RTX 490'), /no card is known/);
    assert.match(await wrong('check', '--gpu', 'Voodoo 2'), /no card is known/);
    assert.match(await wrong('check', '--framework', 'swft'), /did you mean swift\?/);
    assert.match(
      await wrong('check', '--rule', 'no-such=off'),
      /unknown rule "no-such"\n"tunelint rules" lists them/,
    );
    assert.match(await wrong('check', '--rule', RULE), /ID=LEVEL/);
    assert.match(await wrong('check', '--framework-version', 'new'), /4\.57\.6/);
    assert.match(await wrong('check', '--framework-version', '4.x'), /one release/);
    const slip = await wrong('check', '--framework-version', 'trnsformers=4.5');
    assert.match(slip, /did you mean transformers\?/);
    assert.match(await wrong('check', '--stdin-filename', 'a.sh', 'b.sh'), /no paths beside it/);
    assert.match(await wrong('check', '-'), /add --stdin-filename/);
    assert.match(await wrong('check', '--', 'ls', '-la'), /no training command.*: ls -la$/m);
    assert.match(await wrong('check', '.', '--', 'swift', 'sft'), /no paths beside it/);
  });
});

describe('input', () => {
  test('from stdin, by name or by its first line', async () => {
    const named = await tunelint(
      ['check', '--stdin-filename', 'train.sh', '--gpu', 'RTX 4090D', '--format', 'json'],
      { stdin: BAD },
    );
    assert.equal(named.code, 1);
    assert.equal(parse(named.out).files[0]?.path, 'train.sh');
    assert.equal(underlined(parse(named.out), BAD), 'float16');
    const dash = await tunelint(['check', '-', '--format', 'json'], { stdin: BAD });
    assert.equal(underlined(parse(dash.out), BAD), 'float16');
  });

  test('from folders, without what is not ours', async (t) => {
    const cwd = folderWith(t, {
      'b/train.sh': GOOD,
      'a.sh': GOOD,
      'readme.md': GOOD,
      'build.sh': 'npm run build\n',
      'node_modules/x/train.sh': BAD,
      '.git/train.sh': BAD,
      '.hidden/train.sh': BAD,
      'myenv/pyvenv.cfg': '',
      'myenv/train.sh': BAD,
      'large.sh': BAD + '#'.repeat(2 ** 20),
      'blob.sh': Buffer.concat([Buffer.from(BAD), Buffer.from([0])]),
    });
    const done = await tunelint(['check', '.', 'a.sh', '--format', 'json'], { cwd });
    assert.deepEqual(
      parse(done.out).files.map((file) => file.path),
      ['a.sh', 'b/train.sh'],
    );
    assert.equal(done.code, 0);
  });

  test('that is no training config gives no findings', async (t) => {
    const cwd = folderWith(t, { 'build.sh': 'npm run build --fp16\n' });
    const done = await tunelint(['check', 'build.sh', '--format', 'json'], { cwd });
    assert.equal(done.code, 0);
    assert.deepEqual(parse(done.out).files, [
      { path: 'build.sh', framework: null, findings: [], run: null, estimate: null },
    ]);
  });

  test('of a file that another names is reported under that one', async (t) => {
    const cwd = folderWith(t, {
      'run.sh': 'llamafactory-cli train conf.yaml\n',
      'conf.yaml': factoryConfig('no_such_key: 1'),
    });
    const done = await tunelint(['check', 'run.sh', '--format', 'json'], { cwd });
    const byPath = new Map(
      parse(done.out).files.map((file) => [file.path, file.findings.map(({ rule }) => rule)]),
    );
    assert.ok(byPath.get('conf.yaml')?.includes('unknown-key'), done.out);
    const both = parse((await tunelint(['check', '.', '--format', 'json'], { cwd })).out);
    assert.deepEqual(both.files.map((file) => file.path).sort(), ['conf.yaml', 'run.sh']);
    const keys = both.files.flatMap((file) => file.findings).map(({ rule }) => rule);
    assert.equal(keys.filter((rule) => rule === 'unknown-key').length, 1);
  });

  test('of a local model reads the config.json beside it', async (t) => {
    const config = {
      model_type: 'qwen2',
      hidden_size: 1024,
      intermediate_size: 2816,
      num_hidden_layers: 3,
      num_attention_heads: 16,
      num_key_value_heads: 16,
      vocab_size: 32000,
      tie_word_embeddings: true,
      torch_dtype: 'bfloat16',
    };
    const cwd = folderWith(t, {
      'runs/train.sh': GOOD.replace('Qwen/Qwen2.5-7B-Instruct', './my-model'),
      'runs/my-model/config.json': JSON.stringify(config),
    });
    const of = async (file: string, from: string) => {
      const { out } = await tunelint(['check', file, '--format', 'json'], { cwd: from });
      return JSON.parse(out).files[0].run.fields.model.value.params;
    };
    // Embeddings, then per layer: q, k, v with bias, o, three of the MLP, two norms; the last norm.
    const layer = 4 * 1024 * 1024 + 3 * 1024 + 3 * 1024 * 2816 + 2 * 1024;
    const params = 32000 * 1024 + 3 * layer + 1024;
    assert.equal(await of('runs/train.sh', cwd), params);
    assert.equal(await of('train.sh', path.join(cwd, 'runs')), params);
  });

  test('offsets count the byte order mark, columns do not', async (t) => {
    const marked = `\u{feff}${BAD.replace('#!/bin/bash\n', '').replaceAll('\n', '\r\n')}`;
    const cwd = folderWith(t, { 'train.sh': marked });
    const shown = parse((await tunelint(['check', 'train.sh', '--format', 'json'], { cwd })).out);
    assert.equal(underlined(shown, marked), 'float16');
    const start = shown.files[0]?.findings.find(({ rule }) => rule === RULE)?.start;
    assert.deepEqual([start?.line, start?.column], [4, 17]);
  });

  test('knows the framework version by flag', async () => {
    const version = async (...flags: string[]) => {
      const argv = ['check', '--stdin-filename', 'a.sh', '--format', 'json', ...flags];
      const { files } = JSON.parse((await tunelint(argv, { stdin: GOOD })).out);
      return files[0].run.fields.frameworkVersion;
    };
    assert.equal((await version('--framework-version', '3.9.0')).value, '3.9.0');
    assert.equal((await version('--framework-version', 'swift=3.8.0')).value, '3.8.0');
    assert.equal((await version('--framework-version', 'swift=4.0.0.dev0')).value, '4.0.0.dev0');
    assert.notEqual((await version()).value, '3.8.0');
  });
});

describe('examples', () => {
  const check = async (name: string) =>
    tunelint(['check', `examples/${name}`, '--fail-on', 'hint', '--format', 'json'], { cwd: root });

  test('that are good have nothing to report', async () => {
    for (const name of ['train-fixed.sh', 'llamafactory-lora.yaml']) {
      const { code, out } = await check(name);
      assert.deepEqual(parse(out).files[0]?.findings, []);
      assert.notEqual(parse(out).files[0]?.framework, null);
      assert.equal(code, 0);
    }
  });

  test('that are bad report what their comment says', async () => {
    const rules = async (name: string) =>
      new Set(parse((await check(name)).out).files[0]?.findings.map(({ rule }) => rule));
    assert.ok((await rules('train.sh')).has('fp16-overflows-model'));
    assert.ok((await rules('train_hf.py')).has('fp16-trainable-weights'));
    const full = await rules('llamafactory-full.yaml');
    for (const rule of ['quantized-full-training', 'unknown-key', 'flash-attention-unsupported'])
      assert.ok(full.has(rule), rule);
  });
});

describe('a line that is too long for the terminal', () => {
  const line =
    'args = TrainingArguments(output_dir="out", run_name="a name of some length", fp16=True, bf16=True, evaluation_strategy="steps", save_strategy="epoch", load_best_model_at_end=True)\n';

  /** Every pair of a line of code and what stands above the line of carets below it. */
  function marked(out: string): readonly string[] {
    const rows = out.split('\n');
    return rows.flatMap((row, i) => {
      const carets = /[\^─]+/.exec(row.slice(6));
      const code = rows.slice(0, i).findLast((one) => /^ +\d+ [│|]/.test(one));
      if (!/^ +[│|] +[\^─]+/.test(row) || carets === null || code === undefined) return [];
      return [code.slice(6).slice(carets.index, carets.index + carets[0].length)];
    });
  }

  test('is cut around each mark, and every mark stands under its text', async () => {
    const text = `from transformers import TrainingArguments\n${line}`;
    const { out } = await tunelint(['check', '-', '--stdin-filename', 'a.py'], {
      stdin: text,
      columns: 90,
      env: { NO_COLOR: '1' },
    });
    const found = marked(out);
    for (const word of ['True', 'evaluation_strategy', '"steps"', '"epoch"'])
      assert.ok(found.includes(word) || found.includes(word.slice(1, -1)), `${word} in ${found}`);
    assert.ok(!found.some((word) => /[ =,(]/.test(word)), `${found}`);
    for (const row of out.split('\n')) assert.ok([...row].length <= 90 || /http/.test(row), row);
  });

  test('shows what a fix changes, not the beginning of the line', async () => {
    const text = `from transformers import TrainingArguments\n${line}`;
    const { out } = await tunelint(['check', '-', '--stdin-filename', 'a.py'], {
      stdin: text,
      columns: 90,
      env: { NO_COLOR: '1' },
    });
    const removed = out.split('\n').filter((row) => /^ {8}- /.test(row));
    const added = out.split('\n').filter((row) => /^ {8}\+ /.test(row));
    assert.ok(removed.length > 0 && removed.length === added.length, out);
    removed.forEach((row, i) => void assert.notEqual(row.slice(10), added[i]?.slice(10)));
  });
});
