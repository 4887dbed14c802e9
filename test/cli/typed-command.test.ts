import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { BAD, folderWith, tunelint } from './terminal.ts';

/** A run with one error, as a shell hands it on. */
const WORDS = 'swift sft --model Qwen/Qwen2.5-7B-Instruct --tuner_type lora --dataset x.json'.split(
  ' ',
);
const HALF = [...WORDS, '--torch_dtype', 'float16', '--attn_impl', 'eager'];

interface Shown {
  readonly files: readonly {
    readonly path: string;
    readonly text?: string;
    readonly findings: readonly {
      readonly rule: string;
      readonly start: { readonly offset: number };
      readonly end: { readonly offset: number };
    }[];
    readonly run: { readonly fields: Readonly<Record<string, unknown>> } | null;
  }[];
}

const shown = async (argv: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const done = await tunelint(argv, { env });
  return { ...done, file: (JSON.parse(done.out) as Shown).files[0] };
};

describe('a command behind --', () => {
  test('is checked like a script that holds it', async () => {
    const { code, file } = await shown(['check', '--format', 'json', '--', ...HALF]);
    assert.equal(code, 1);
    assert.equal(file?.path, '<command>');
    const [found] = file?.findings ?? [];
    assert.equal(found?.rule, 'fp16-overflows-model');
    assert.equal(file?.text?.slice(found?.start.offset, found?.end.offset), 'float16');
    const pretty = await tunelint(['check', '--', ...HALF]);
    assert.match(pretty.out, /╭─ <command>:\d+:\d+ \[fp16-overflows-model\]/);
    const files = await tunelint(['check', '--format', 'json', '--stdin-filename', 'a.sh'], {
      stdin: BAD,
    });
    assert.doesNotMatch(files.out, /"text": "#!/);
  });

  test('has its words back from bash as they were', async () => {
    const odd = ['--system', 'it\'s "so": $HOME `x` \\', '--output_dir', 'a b', 'A=*', '--a', ''];
    const { file } = await shown(['check', '--format', 'json', '--', ...WORDS, ...odd]);
    const script = (file?.text ?? '').replace('swift', "printf '%s\\0'");
    const said = execFileSync('bash', ['-c', script]).toString().split('\0').slice(0, -1);
    assert.deepEqual(said, [...WORDS, ...odd].slice(1));
  });

  test('is started with the cards of the environment, unless it names its own', async () => {
    const argv = ['check', '--format', 'json', '--'];
    const env = { CUDA_VISIBLE_DEVICES: '0,1', HOME: '/nowhere' };
    const { file } = await shown([...argv, ...WORDS], env);
    assert.match(file?.text ?? '', /^CUDA_VISIBLE_DEVICES=0,1 swift sft /);
    const own = await shown([...argv, 'CUDA_VISIBLE_DEVICES=3', ...WORDS], env);
    assert.match(own.file?.text ?? '', /^CUDA_VISIBLE_DEVICES=3 swift sft /);
  });

  test('comes back mended', async () => {
    const done = await tunelint(['check', '--fix-unsafe', '--', ...HALF]);
    assert.match(done.out, /--torch_dtype bfloat16/);
    assert.equal(done.code, 0, done.err);
  });

  test('is estimated and probed', async () => {
    const estimate = await tunelint(['estimate', '--gpu', '4090', '--', ...HALF]);
    assert.match(estimate.out, /total +\d+\.\d GiB/);
    const probe = await tunelint(['probe', '--', ...HALF]);
    assert.match(probe.out, /overflow/);
    assert.equal(probe.code, 1);
  });

  test('are paths where all of them exist', async (t) => {
    const cwd = folderWith(t, { 'bad.sh': BAD, '-odd.sh': BAD, 'swift/x.txt': '' });
    const paths = await tunelint(['check', '--format', 'json', '--', '-odd.sh', 'bad.sh'], { cwd });
    assert.deepEqual(
      (JSON.parse(paths.out) as Shown).files.map(({ path }) => path),
      ['-odd.sh', 'bad.sh'],
    );
    const beside = await tunelint(['check', '--', ...HALF], { cwd });
    assert.match(beside.out, /<command>/);
  });
});
