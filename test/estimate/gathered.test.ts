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

test('vLLM that slept has its weights awake when it is handed all of those that train', () => {
  const asleep = `${GRPO} --use_vllm --vllm_mode colocate --vllm_enable_sleep_mode`;
  const card = 'H100 80GB';
  const text = `torchrun --nproc_per_node 8 -m ${asleep} --deepspeed ds.json\n`;
  const file = { path: 'run.sh', text, language: 'shell' as const };
  const files = new Map([['ds.json', ZERO(3)]]);
  const { runs } = analyze({ file, files, settings: { gpu: card } });
  const found = runs[0]?.numbers.estimate();
  const held = (name: string) =>
    Math.round((found?.components.find((one) => one.component === name)?.bytes ?? 0) / 2 ** 30);
  assert.equal(found?.peakOp, ALL.at);
  assert.deepEqual([held('weights'), held('vLLM')], [61, 61]);
});

test('ms-swift limits the prompt of what is sampled, TRL both together', () => {
  const tokens = (more: string) => {
    const text = `swift rlhf --rlhf_type grpo --model Qwen/Qwen2.5-7B-Instruct --dataset x ${more}\n`;
    const file = { path: 'run.sh', text, language: 'shell' as const };
    const estimate = analyze({ file, settings: {} }).runs[0]?.numbers.estimate();
    return estimate?.assumptions.map(String).find((one) => one.includes('longest batch'));
  };
  assert.match(tokens('--max_length 1024 --max_completion_length 3072') ?? '', /x 4096 tokens/);
  assert.match(tokens('--max_completion_length 1024') ?? '', /x 2048 tokens/);
});

test('LLaMA-Factory makes the logits of reward models, and casts them to fp32', () => {
  const text = [
    'model_name_or_path: Qwen/Qwen2.5-7B-Instruct',
    'stage: rm',
    'do_train: true',
    'finetuning_type: lora',
    'dataset: x',
    'template: qwen',
    'cutoff_len: 4096',
    'per_device_train_batch_size: 1',
    'output_dir: o',
    'bf16: true',
  ];
  const file = { path: 'rm.yaml', text: `${text.join('\n')}\n`, language: 'yaml' as const };
  const found = analyze({ file, settings: {} }).runs[0]?.numbers.estimate();
  const logits = found?.timeline.flatMap(({ components }) =>
    components.filter((one) => one.component === 'logits').map((one) => one.bytes),
  );
  // Chosen and rejected, 2 and 4 bytes each.
  const all = 2 * 4096 * 152_064 * 6;
  assert.ok(Math.abs(Math.max(...(logits ?? [])) / all - 1) < 0.01);
});
