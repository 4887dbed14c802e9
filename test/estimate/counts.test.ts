// Counts that no training has: the estimate leaves them out, and ends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyze } from '../../src-core/index.ts';

const KEYS = [
  'per_device_train_batch_size',
  'max_length',
  'lora_rank',
  'gradient_accumulation_steps',
] as const;

function estimateOf(key: string, value: string) {
  const text = `swift sft --model Qwen/Qwen2.5-0.5B-Instruct --dataset a --tuner_type lora --${key} ${value}\n`;
  const file = { path: 'a.sh', language: 'shell', text } as const;
  const [run] = analyze({ file, settings: { gpu: 'RTX 4090' } }).runs;
  assert.ok(run);
  return run.numbers.estimate();
}

test('0, less and far too much are not estimated', () => {
  for (const key of KEYS) {
    // A length of 0 is none at all.
    const none = key === 'max_length' ? [] : ['0', '-1'];
    for (const value of [...none, '1e99', '99999999999'])
      assert.equal(estimateOf(key, value), undefined, `${key} ${value}`);
    assert.ok(estimateOf(key, '64'), `${key} 64`);
  }
});
