// ZeRO-3 holds all weights on every card for a moment when something is sampled.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyze } from '../../src-core/index.ts';

const ZERO = (stage: number) =>
  JSON.stringify({
    zero_optimization: { stage },
    bf16: { enabled: true },
    train_batch_size: 'auto',
  });

/** Where the peak of a run is, and GiB of the weights there. */
function peakOf(command: string, stage = 3) {
  const text = `torchrun --nproc_per_node 8 -m ${command} --deepspeed ds.json\n`;
  const file = { path: 'run.sh', text, language: 'shell' as const };
  const files = new Map([['ds.json', ZERO(stage)]]);
  const estimate = analyze({ file, files, settings: {} }).runs[0]?.numbers.estimate();
  const weights = estimate?.components.find(({ component }) => component === 'weights');
  return { at: estimate?.peakOp, weights: Math.round((weights?.bytes ?? 0) / 2 ** 30) };
}

const GRPO =
  'trl.scripts.grpo --model_name_or_path Qwen/Qwen2.5-32B-Instruct --dataset_name x --output_dir o --dtype bfloat16 --bf16 true --per_device_train_batch_size 1 --max_completion_length 512 --use_peft --lora_r 16';
const ALL = { at: 'all weights gathered', weights: 61 };

test('the trainer samples with all weights, unless it is told not to gather them', () => {
  assert.deepEqual(peakOf(GRPO), ALL);
  assert.equal(peakOf(`${GRPO} --ds3_gather_for_generation false`).weights, 8);
  assert.notEqual(peakOf(GRPO, 2).at, ALL.at);
});

test('adapters are merged into all weights before vLLM is handed them', () => {
  const served = `${GRPO} --use_vllm --vllm_mode server`;
  assert.deepEqual(peakOf(served), ALL);
  assert.notEqual(peakOf(served.replace('--use_peft --lora_r 16', '')).at, ALL.at);
});
