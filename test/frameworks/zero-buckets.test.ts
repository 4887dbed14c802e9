import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyze } from '../../src-core/analyze.ts';

const CONFIG = `model_name_or_path: Qwen/Qwen2.5-0.5B
stage: sft
do_train: true
finetuning_type: full
dataset: identity
template: qwen
output_dir: out
deepspeed: ds.json
`;

/** What the run of a config or command says of DeepSpeed's buffers. */
function buckets(text: string, zero: string) {
  const shell = text.startsWith('swift');
  const file = shell
    ? ({ path: 'run.sh', language: 'shell', text } as const)
    : ({ path: 'conf.yaml', language: 'yaml', text } as const);
  const files = new Map([['ds.json', `{"zero_optimization": ${zero}}`]]);
  const [run] = analyze({ file, settings: {}, files }).runs;
  assert.ok(run);
  return run.run.parallel.zeroBuckets.value;
}

test('sizes of a DeepSpeed config are read, and what transformers fills in stays open', () => {
  assert.deepEqual(
    buckets(CONFIG, '{"stage": 2, "reduce_bucket_size": 2e8, "overlap_comm": true}'),
    { reduce: 2e8, overlap: true },
  );
  assert.deepEqual(
    buckets(
      CONFIG,
      '{"stage": 3, "reduce_bucket_size": "auto", "stage3_max_live_parameters": 1e9, "overlap_comm": false}',
    ),
    { live: 1e9 },
  );
});

test('the configs that swift ships say theirs', () => {
  const swift = (name: string) =>
    `swift sft --model Qwen/Qwen2.5-0.5B --dataset x.json --deepspeed ${name}`;
  assert.deepEqual(buckets(swift('zero2'), '{}'), { reduce: 2e8 });
  assert.deepEqual(buckets(swift('zero3'), '{}'), {});
});
