import assert from 'node:assert/strict';
import { chmodSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { decode, encode } from '../../server/cli/encoding.ts';
import { applyFixes } from '../../server/cli/fix.ts';
import type { Finding, Fix } from '../../src-core/finding.ts';
import { everyFile } from '../harness/every-file.ts';
import { BAD, folderWith, GOOD, tunelint } from './terminal.ts';

interface Change {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

function fixOf(safety: Fix['safety'], ...changes: readonly Change[]): Fix {
  const edits = changes.map(({ from, to, text }) => ({ span: { start: from, end: to }, text }));
  return { title: 'mend', safety, files: [{ file: 'a', edits }] };
}

function findingWith(...fixes: readonly Fix[]): Finding {
  return {
    rule: 'r',
    severity: 'error',
    claim: 'arithmetic',
    message: 'm',
    file: 'a',
    span: { start: 0, end: 1 },
    related: [],
    fixes,
    cites: [],
  };
}

/** Applies the fixes that `of` finds in the text. */
function mend(text: string, of: (text: string) => readonly Finding[], allowed: Fix['safety']) {
  assert.ok(allowed !== 'suggestion');
  const { texts, applied } = applyFixes(
    new Map([['a', text]]),
    (now) => of(now.get('a') ?? ''),
    allowed,
  );
  return { text: texts.get('a'), applied };
}

/** One finding for each `x`, mended by `y`. */
const eachX = (safety: Fix['safety']) => (text: string) =>
  [...text.matchAll(/x/g)].map(({ index }) =>
    findingWith(fixOf(safety, { from: index, to: index + 1, text: 'y' })),
  );

describe('fixes', () => {
  test('of the allowed class are applied, all of them', () => {
    assert.deepEqual(mend('axbx', eachX('safe'), 'safe'), { text: 'ayby', applied: 2 });
    assert.deepEqual(mend('axbx', eachX('unsafe'), 'unsafe'), { text: 'ayby', applied: 2 });
    assert.deepEqual(mend('axbx', eachX('safe'), 'unsafe'), { text: 'ayby', applied: 2 });
  });

  test('of another class are not', () => {
    assert.deepEqual(mend('axbx', eachX('unsafe'), 'safe'), { text: 'axbx', applied: 0 });
    assert.deepEqual(mend('axbx', eachX('suggestion'), 'unsafe'), { text: 'axbx', applied: 0 });
  });

  test('that change the training are left out where they bring an error', () => {
    const of = (text: string) =>
      text === 'x'
        ? [findingWith(fixOf('unsafe', { from: 0, to: 1, text: 'y' }))]
        : [{ ...findingWith(), rule: 'another' }];
    assert.deepEqual(mend('x', of, 'unsafe'), { text: 'x', applied: 0 });
    const safe = (text: string) =>
      text === 'x' ? [findingWith(fixOf('safe', { from: 0, to: 1, text: 'y' }))] : of(text);
    assert.deepEqual(mend('x', safe, 'unsafe'), { text: 'y', applied: 1 });
  });

  test('come in order: the first that is allowed stands for its finding', () => {
    const of = (text: string) =>
      text === 'x'
        ? [
            findingWith(
              fixOf('suggestion', { from: 0, to: 1, text: 's' }),
              fixOf('unsafe', { from: 0, to: 1, text: 'u' }),
              fixOf('safe', { from: 0, to: 1, text: 'f' }),
            ),
          ]
        : [];
    assert.equal(mend('x', of, 'unsafe').text, 'u');
    assert.equal(mend('x', of, 'safe').text, 'f');
  });

  test('that collide wait for the next round', () => {
    const of = (text: string) => [
      ...(text.includes('ab')
        ? [
            findingWith(
              fixOf('safe', { from: text.indexOf('ab'), to: text.indexOf('ab') + 2, text: 'A' }),
            ),
          ]
        : []),
      ...(text.includes('bc')
        ? [
            findingWith(
              fixOf('safe', { from: text.indexOf('bc'), to: text.indexOf('bc') + 2, text: 'C' }),
            ),
          ]
        : []),
    ];
    assert.deepEqual(mend('abc', of, 'safe'), { text: 'Ac', applied: 1 });
  });

  test('are whole or not at all', () => {
    const of = (text: string) =>
      text === 'abcd'
        ? [
            findingWith(fixOf('safe', { from: 0, to: 1, text: 'A' })),
            findingWith(
              fixOf('safe', { from: 0, to: 1, text: '1' }, { from: 3, to: 4, text: '4' }),
            ),
          ]
        : [];
    assert.equal(mend('abcd', of, 'safe').text, 'Abcd');
  });

  test('that insert at one place do not mix', () => {
    let rounds = 0;
    const insert = (text: string) => findingWith(fixOf('safe', { from: 0, to: 0, text }));
    const of = () => (rounds++ === 0 ? [insert('1'), insert('2')] : []);
    assert.equal(mend('x', of, 'safe').text, '1x');
  });

  test('that undo each other end', () => {
    const of = (text: string) => [
      findingWith(fixOf('safe', { from: 0, to: 1, text: text === 'x' ? 'y' : 'x' })),
    ];
    assert.equal(mend('x', of, 'safe').applied, 10);
  });

  test('that change nothing are left alone', () => {
    const of = () => [findingWith(fixOf('safe', { from: 0, to: 1, text: 'x' }))];
    assert.deepEqual(mend('x', of, 'safe'), { text: 'x', applied: 0 });
  });

  test('of files that are not there are left alone', () => {
    const of = () => [
      findingWith({
        title: 'mend',
        safety: 'safe',
        files: [{ file: 'b', edits: [{ span: { start: 0, end: 0 }, text: 'z' }] }],
      }),
    ];
    assert.deepEqual(mend('x', of, 'safe'), { text: 'x', applied: 0 });
  });
});

describe('encoding', () => {
  test('comes back byte for byte', () => {
    const files = [
      Buffer.from('plain\r\nno end'),
      Buffer.from('\u{feff}marked 精度 \u{1f600}\n'),
      Buffer.from('caf\xe9\n', 'latin1'),
      Buffer.from([0xef, 0xbb, 0xbf, 0xe9, 0x0a]),
      Buffer.from('\u{feff}utf-16 \ud800', 'utf16le'),
      Buffer.from('\u{feff}utf-16', 'utf16le').swap16(),
      Buffer.from([0xff, 0xfe, 65]),
      Buffer.alloc(0),
    ];
    for (const file of files) {
      const decoded = decode(file);
      assert.ok(decoded);
      assert.ok(encode(decoded.text, decoded).equals(file), JSON.stringify(decoded));
    }
  });

  test('refuses what is no text', () => {
    assert.equal(decode(Buffer.from([65, 0, 66])), undefined);
    assert.equal(decode(Buffer.from('utf-16 without a mark', 'utf16le')), undefined);
  });
});

describe('check --fix', () => {
  const fixed = async (stdin: string | Buffer, flag = '--fix-unsafe') =>
    tunelint(['check', '--stdin-filename', 'train.sh', flag], { stdin });

  test('of stdin go to stdout, the report to stderr', async () => {
    const done = await fixed(BAD);
    assert.equal(done.out, GOOD);
    assert.equal(done.code, 0);
    assert.match(done.err, /clean|hint|warning/);
  });

  test('that change the training wait for --fix-unsafe', async () => {
    const done = await fixed(BAD, '--fix');
    assert.equal(done.out, BAD);
    assert.equal(done.code, 1);
  });

  test('leave every other byte as it was', async (t) => {
    const crlf = Buffer.from(`\u{feff}${BAD.replaceAll('\n', '\r\n').trimEnd()}`);
    const latin = Buffer.concat([Buffer.from(BAD), Buffer.from('# caf\xe9\n', 'latin1')]);
    const cwd = folderWith(t, { 'crlf.sh': crlf, 'latin.sh': latin, 'good.sh': GOOD });
    const done = await tunelint(['check', '--fix-unsafe', '.'], { cwd });
    assert.equal(done.code, 0, done.out);
    const now = (name: string) => readFileSync(path.join(cwd, name)).toString('latin1');
    const expected = (before: Buffer) => before.toString('latin1').replace('float16', 'bfloat16');
    assert.equal(now('crlf.sh'), expected(crlf));
    assert.equal(now('latin.sh'), expected(latin));
    assert.equal(now('good.sh'), GOOD);
    assert.match(done.err, /2 fixed in crlf\.sh, latin\.sh/);
  });

  test('reach the file that a command names', async (t) => {
    const yaml = [
      'model_name_or_path: Qwen/Qwen2.5-0.5B',
      'stage: sft',
      'do_train: true',
      'finetuning_type: lora',
      'dataset: identity',
      'template: qwen',
      'output_dir: out  # kept',
      'per_device_train_batch_sise: 2',
      '',
    ].join('\n');
    const cwd = folderWith(t, {
      'run.sh': 'llamafactory-cli train conf.yaml\n',
      'conf.yaml': yaml,
    });
    await tunelint(['check', 'run.sh', '--fix-unsafe'], { cwd });
    assert.equal(readFileSync(path.join(cwd, 'conf.yaml'), 'utf8'), yaml.replace('sise', 'size'));
  });

  describe('of a config that a script starts', () => {
    const yaml = (format: string) =>
      [
        'model_name_or_path: Qwen/Qwen2.5-7B-Instruct',
        'stage: sft',
        'do_train: true',
        'finetuning_type: lora',
        'dataset: identity',
        'template: qwen',
        'output_dir: out',
        `${format}: true`,
        '',
      ].join('\n');
    const on = (gpu: string) => `# tunelint: gpu=${gpu}\nllamafactory-cli train conf.yaml\n`;
    const argv = ['check', '.', '--fix-unsafe', '--format', 'json'];

    test('are those for the card that the script names', async (t) => {
      const cwd = folderWith(t, { 'run.sh': on('V100 32GB'), 'conf.yaml': yaml('bf16') });
      const first = await tunelint(argv, { cwd });
      assert.match(first.err, /1 fixed in conf\.yaml/);
      assert.equal(readFileSync(path.join(cwd, 'conf.yaml'), 'utf8'), yaml('fp16'));
      const rules = JSON.parse(first.out).files.flatMap(
        (file: { findings: readonly { rule: string }[] }) => file.findings.map(({ rule }) => rule),
      );
      assert.ok(!rules.includes('fp16-on-bf16-model'), 'no bf16 for a card without it');
      assert.equal((await tunelint(argv, { cwd })).err, '');
    });

    test('do not go to and fro between two cards', async (t) => {
      const scripts = { 'a.sh': on('A100 80GB'), 'v.sh': on('V100 32GB') };
      const cwd = folderWith(t, { ...scripts, 'conf.yaml': yaml('bf16') });
      await tunelint(argv, { cwd });
      const once = readFileSync(path.join(cwd, 'conf.yaml'), 'utf8');
      assert.equal((await tunelint(argv, { cwd })).err, '');
      assert.equal(readFileSync(path.join(cwd, 'conf.yaml'), 'utf8'), once);
    });
  });

  test('once applied leave nothing to apply, in every file there is', async (t) => {
    const cwd = folderWith(t, everyFile());
    const argv = ['check', '.', '--fix-unsafe', '--exit-zero', '--format', 'github'];
    const first = await tunelint(argv, { cwd });
    assert.equal(first.code, 0, first.err);
    assert.match(first.err, /\d+ fixed in/);
    const second = await tunelint(argv, { cwd });
    assert.equal(second.err, '');
  });

  test('that cannot be written are told', { skip: process.getuid?.() === 0 }, async (t) => {
    const cwd = folderWith(t, { 'train.sh': BAD });
    chmodSync(path.join(cwd, 'train.sh'), 0o444);
    const done = await tunelint(['check', 'train.sh', '--fix-unsafe'], { cwd });
    assert.equal(done.code, 2);
    assert.match(done.err, /train\.sh: cannot be written/);
  });
});
