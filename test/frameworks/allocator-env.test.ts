import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyze } from '../../src-core/analyze.ts';
import { parseAllocatorConf } from '../../src-core/frameworks/allocator-conf.ts';
import { UNKNOWN } from '../../src-core/run/sourced.ts';

const RUN = 'swift sft --model Qwen/Qwen2.5-0.5B --dataset d.jsonl --tuner_type lora';

/** What the run of a script says of growing segments, and what the estimate takes. */
function segments(text: string) {
  const file = { path: 'run.sh', language: 'shell', text } as const;
  const [run] = analyze({ file, settings: {} }).runs;
  assert.ok(run);
  const { value } = run.run.allocator;
  return value === UNKNOWN ? value : value.expandableSegments;
}

const CASES: readonly (readonly [string, boolean | typeof UNKNOWN])[] = [
  [RUN, false],
  [`PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True ${RUN}`, true],
  [`export PYTORCH_ALLOC_CONF="expandable_segments:True"\n${RUN}`, true],
  [
    `export PYTORCH_CUDA_ALLOC_CONF='max_split_size_mb:128, expandable_segments:True'\n${RUN}`,
    true,
  ],
  [`PYTORCH_CUDA_ALLOC_CONF=expandable_segments:False ${RUN}`, false],
  [`PYTORCH_CUDA_ALLOC_CONF=max_split_size_mb:128 ${RUN}`, false],
  [`PYTORCH_CUDA_ALLOC_CONF=$CONF ${RUN}`, UNKNOWN],
  // The newer name is read first, whatever the order.
  [
    `PYTORCH_ALLOC_CONF=expandable_segments:False PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True ${RUN}`,
    false,
  ],
];

for (const [text, expected] of CASES)
  test(`growing segments in ${JSON.stringify(text.replace(RUN, 'swift'))}: ${String(expected)}`, () => {
    assert.equal(segments(text), expected);
  });

test('the estimate follows the environment', () => {
  const reserved = (text: string) => {
    const file = { path: 'run.sh', language: 'shell', text } as const;
    const estimate = analyze({ file, settings: {} }).runs[0]?.numbers.estimate();
    assert.ok(estimate);
    return estimate.peakReserved.expected;
  };
  assert.notEqual(reserved(`PYTORCH_ALLOC_CONF=expandable_segments:True ${RUN}`), reserved(RUN));
});

const AXOLOTL = `base_model: Qwen/Qwen2.5-0.5B
adapter: lora
lora_r: 8
datasets:
  - path: x
    type: alpaca
micro_batch_size: 1
`;
const LLAMA_FACTORY =
  'llamafactory-cli train --stage sft --do_train --model_name_or_path Qwen/Qwen2.5-0.5B --dataset d --template qwen --finetuning_type lora --output_dir o';

/** What a framework's own run tells the allocator. */
function conf(text: string, language: 'shell' | 'yaml', versions = {}) {
  const file = { path: `run.${language}`, language, text } as const;
  const [run] = analyze({ file, settings: { versions } }).runs;
  assert.ok(run);
  const { value } = run.run.allocator;
  assert.ok(value !== UNKNOWN);
  return [value.expandableSegments, value.roundupDivisions[5]];
}

test('axolotl sets the allocator up, with an older torch in another way', () => {
  assert.deepEqual(conf(AXOLOTL, 'yaml'), [true, undefined]);
  assert.deepEqual(conf(AXOLOTL, 'yaml', { torch: '2.10' }), [true, undefined]);
  assert.deepEqual(conf(AXOLOTL, 'yaml', { torch: '2.8.0' }), [true, 16]);
});

test('LLaMA-Factory does for the processes that it starts itself', () => {
  assert.deepEqual(conf(LLAMA_FACTORY, 'shell'), [false, undefined]);
  assert.deepEqual(conf(`CUDA_VISIBLE_DEVICES=0,1 ${LLAMA_FACTORY}`, 'shell'), [true, undefined]);
  assert.deepEqual(conf(`FORCE_TORCHRUN=1 ${LLAMA_FACTORY}`, 'shell'), [true, undefined]);
});

test('divisions by interval, as torch fills them in', () => {
  const divisions = (text: string) =>
    parseAllocatorConf(`roundup_power2_divisions:${text}`).roundupDivisions.join(' ');
  assert.equal(divisions('4'), Array(16).fill(4).join(' '));
  // 1 to 64 MiB, 64 to 128, none from 128, 256 to 512, and all beyond.
  assert.equal(
    divisions('[32:256,64:128,256:64,>:32]'),
    '256 256 256 256 256 256 128 0 64 32 32 32 32 32 32 32',
  );
  assert.equal(divisions('[131072:8]'), '8 8 8 8 8 8 8 8 8 8 8 8 8 8 8 8');
  assert.equal(divisions('oops'), '');
});

const PROGRAM =
  'from trl import SFTConfig, SFTTrainer\ntrainer = SFTTrainer("Qwen/Qwen2.5-0.5B", args=SFTConfig("o"))\n';
const SETTINGS: readonly (readonly [string, boolean | typeof UNKNOWN])[] = [
  ['', false],
  ['import os\nos.environ["PYTORCH_CUDA_ALLOC_CONF"] = "expandable_segments:True"\n', true],
  ["os.environ.setdefault('PYTORCH_ALLOC_CONF', 'expandable_segments:True')\n", true],
  ['os.putenv("PYTORCH_ALLOC_CONF", "expandable_segments:True")\n', true],
  ['os.environ["PYTORCH_ALLOC_CONF"] = conf()\n', UNKNOWN],
  ['os.environ[name] = "expandable_segments:True"\n', false],
  ['print(os.environ["PYTORCH_ALLOC_CONF"])\n', false],
  ['if False:\n    os.environ["PYTORCH_ALLOC_CONF"] = "expandable_segments:True"\n', false],
];

for (const [text, expected] of SETTINGS)
  test(`growing segments in a program with ${JSON.stringify(text)}: ${String(expected)}`, () => {
    const file = { path: 'train.py', language: 'python', text: text + PROGRAM } as const;
    const [run] = analyze({ file, settings: {} }).runs;
    assert.ok(run);
    const { value } = run.run.allocator;
    assert.equal(value === UNKNOWN ? value : value.expandableSegments, expected);
  });

test('a program says which cards it sees', () => {
  const text = `import os\nos.environ["CUDA_VISIBLE_DEVICES"] = "0,1"\n${PROGRAM}`;
  const file = { path: 'train.py', language: 'python', text } as const;
  const [run] = analyze({ file, settings: {} }).runs;
  assert.equal(run?.recognized.launch.visibleGpus?.value, 2);
});
