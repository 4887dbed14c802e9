import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyze } from '../../src-core/analyze.ts';
import type { Finding } from '../../src-core/finding.ts';
import { applyEdits } from '../../src-core/text/edit.ts';
import { factoryConfig } from '../harness/factory-config.ts';

const GIB = 2 ** 30;

/** What is found in a file with every fix searched for. */
const findingsIn = (path: string, text: string): readonly Finding[] =>
  look(path, text).findings.filter(({ rule }) => rule === 'does-not-fit');

function look(path: string, text: string) {
  const language = path.endsWith('.yaml') ? 'yaml' : 'shell';
  return analyze({ file: { path, text, language }, settings: {}, effort: 'full' });
}

const SWIFT_HEAD = `# tunelint: gpu=RTX 4090
swift sft --model Qwen/Qwen2.5-7B-Instruct --torch_dtype bfloat16 --dataset x.json`;
const AXOLOTL = `# tunelint: gpu=RTX 4090
base_model: Qwen/Qwen2.5-7B-Instruct
adapter: lora
lora_r: 16
lora_alpha: 32
lora_target_linear: true
sequence_len: 8192
micro_batch_size: 4
datasets:
  - path: x
    type: alpaca
output_dir: out
bf16: true
`;
const LONG = `${SWIFT_HEAD} --tuner_type lora --per_device_train_batch_size 4 --max_length 8192`;
const FILES: readonly (readonly [string, string])[] = [
  ['long.sh', LONG],
  ['full.sh', `${SWIFT_HEAD} --tuner_type full --max_length 2048`],
  [
    'nf4.sh',
    `${SWIFT_HEAD.replace('7B', '14B')} --tuner_type lora --max_length 4096 --per_device_train_batch_size 1`,
  ],
  ['axolotl.yaml', AXOLOTL],
];

describe('plans as fixes', () => {
  for (const [path, text] of FILES) {
    it(`${path}: each says what the run takes once it is applied`, () => {
      const [finding] = findingsIn(path, text);
      assert.ok(finding !== undefined && finding.fixes.length > 0);
      for (const { title, files } of finding.fixes) {
        const after = applyEdits(text, files[0]?.edits ?? []);
        const need = look(path, after).runs[0]?.numbers.estimate()?.device.expected ?? 0;
        const said = /: ([\d.]+) of ([\d.]+) GiB(, tight)?$/.exec(title);
        assert.ok(said, title);
        const held = Math.min(need / GIB, Number(said[2]));
        assert.ok(Math.abs(held - Number(said[1])) < 0.02 * held, `${title}: ${held}`);
        const left = findingsIn(path, after).map(({ message }) => message);
        assert.ok(said[3] === undefined ? left.length === 0 : /^tight/.test(left[0] ?? ''), title);
      }
    });
  }

  it('an option that two changes write is written once', () => {
    const text = AXOLOTL.replace('4090', '5090')
      .replace('Qwen2.5-7B-Instruct', 'Qwen3-32B')
      .replace('sequence_len: 8192\nmicro_batch_size: 4', 'sequence_len: 2048\nmicro_batch_size: 1')
      .replace(/^(?:adapter|lora_\w+): .*\n/gm, '');
    const [first] = findingsIn('large.yaml', text).flatMap(({ fixes }) => fixes);
    const after = applyEdits(text, first?.files[0]?.edits ?? []);
    assert.deepEqual(after.match(/^adapter: .*$/gm), ['adapter: qlora']);
  });

  it('names of modules in a list count like names with commas', () => {
    const need = (targets: string) =>
      look(
        'a.yaml',
        factoryConfig('lora_rank: 256', `lora_target: ${targets}`),
      ).runs[0]?.numbers.estimate()?.device.expected;
    assert.equal(need('[q_proj, v_proj]'), need('q_proj,v_proj'));
    assert.equal(need('[all]'), need('all'));
    assert.notEqual(need('all'), need('q_proj,v_proj'));
  });

  it('the same training is offered first, and named as what it does', () => {
    const titles = findingsIn('long.sh', LONG).flatMap(({ fixes }) =>
      fixes.map(({ title }) => title),
    );
    assert.match(
      titles[0] ?? '',
      /^Micro batch 1, accumulation \d+, use Liger kernels: [\d.]+ of 24\.0 GiB$/,
    );
  });

  it('what the framework has no option for is left out, and something else is offered', () => {
    const titles = findingsIn('axolotl.yaml', AXOLOTL).flatMap(({ fixes }) =>
      fixes.map(({ title }) => title),
    );
    assert.ok(titles.length >= 2 && titles.every((title) => !title.includes('Liger')));
  });
});
