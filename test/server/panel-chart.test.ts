import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { PanelData, PanelSeries, WhatIf } from '../../server/proto/panel.ts';
import * as core from '../../src-core/index.ts';
import { type Client, connect, PULLS } from './harness.ts';

const SCRIPT = 'file:///ws/train.sh';
const TEXT = `swift sft \\
  --model Qwen/Qwen2.5-7B-Instruct \\
  --torch_dtype bfloat16 \\
  --tuner_type lora \\
  --dataset data.jsonl
`;

let client: Client | undefined;
after(() => client?.close());

async function started(): Promise<Client> {
  if (client !== undefined) return client;
  const options = { gpu: 'RTX 4090D' };
  client = await connect(core, { options, capabilities: PULLS });
  await client.open(SCRIPT, TEXT);
  return client;
}

const panel = async (changes: WhatIf, uri = SCRIPT): Promise<PanelData> =>
  (await started()).request('tunelint/panel', { uri, run: 0, changes });

/** The highest moment of the chart, bytes of tensors. */
const highest = ({ samples }: PanelSeries): number =>
  Math.max(...samples.map(({ held }) => held.reduce((a, b) => a + b, 0)));

test('the panel gets the memory over time, and its highest moment is the peak', async () => {
  const { components, series, need, memory, verdict, values } = await panel({});
  const sum = (shares: typeof components) => shares.reduce((all, { bytes }) => all + bytes, 0);
  const outside = new Set(['held by allocator', 'CUDA context']);
  const [total, allocated] = [
    sum(components),
    sum(components.filter(({ name }) => !outside.has(name))),
  ];
  assert.equal(highest(series), allocated);
  assert.equal(highest(series) + series.context.bytes + series.kept.bytes, need.expected);
  for (const { name, bytes } of [series.context, series.kept])
    assert.equal(components.find((one) => one.name === name)?.bytes, bytes);
  assert.equal(total, need.expected);
  assert.ok(series.samples.length > 100);
  assert.ok(need.low < need.expected && need.expected < need.high);
  assert.equal(verdict, 'fits');
  assert.ok(memory);
  assert.equal(values.loraRank, 8);
  assert.equal(values.quantization, 'none');
});

test("what is tried changes the numbers, and is written by the framework's own options", async () => {
  const client = await started();
  const now = await panel({});
  const more = await panel({ microBatch: 4, maxLength: 8192 });
  assert.ok(more.need.expected > now.need.expected);
  assert.equal(more.writtenNeed, now.writtenNeed);
  assert.deepEqual([more.values.microBatch, more.values.maxLength], [4, 8192]);
  const smaller = await panel({ quantization: 'nf4' });
  assert.ok(smaller.need.expected < now.need.expected);
  const edits: unknown[] = [];
  client.connection.onRequest('workspace/applyEdit', ({ edit }: { edit: unknown }) => {
    edits.push(edit);
    return { applied: true };
  });
  const changes = { microBatch: 4 };
  const params = { uri: SCRIPT, run: 0, changes };
  assert.equal(await client.request('tunelint/panelApply', params), true);
  assert.match(JSON.stringify(edits), /--per_device_train_batch_size 4/);
});

test('a card that is tried wins over the setting and is not written', async () => {
  const { gpu, verdict, writable } = await panel({ gpu: 'Tesla T4' });
  assert.deepEqual([gpu, verdict, writable], ['Tesla T4', 'does-not-fit', false]);
});

test('spread over GPUs the chart shows what one of them holds, phase by phase', async () => {
  const uri = 'file:///ws/spread.sh';
  const text =
    'NPROC_PER_NODE=4 swift sft --model Qwen/Qwen2.5-7B-Instruct --tuner_type full --deepspeed zero3 --max_length 2048 --dataset d\n';
  await (await started()).open(uri, text);
  const { series, need } = await panel({}, uri);
  assert.ok(series.phases);
  assert.equal(highest(series) + series.context.bytes + series.kept.bytes, need.expected);
  const steps = series.samples.map(({ step }) => step);
  assert.deepEqual(
    steps,
    [...steps].sort((a, b) => a - b),
  );
});

test('the panel says how many of the micro batches of a step are drawn', async () => {
  assert.deepEqual((await panel({ gradientAccumulation: 16 })).series.micro, { drawn: 2, all: 16 });
  assert.deepEqual((await panel({ gradientAccumulation: 1 })).series.micro, { drawn: 1, all: 1 });
});

test('the panel names the op that overflows', async () => {
  const uri = 'file:///ws/half.sh';
  const text =
    'swift sft --model Qwen/Qwen2.5-7B-Instruct --torch_dtype float16 --attn_impl eager --dataset d\n';
  await (await started()).open(uri, text);
  const { numbers } = await panel({}, uri);
  assert.match(
    numbers?.says ?? '',
    /^Overflow: fp16, which ends at 65,504, does not hold the product/,
  );
});

test('what vLLM holds all the time is drawn with the training', async () => {
  const uri = 'file:///ws/grpo.sh';
  const text =
    'swift rlhf --rlhf_type grpo --model Qwen/Qwen2.5-0.5B --torch_dtype bfloat16 --max_length 512 --use_vllm true --vllm_mode colocate --vllm_gpu_memory_utilization 0.4 --dataset d\n';
  await (await started()).open(uri, text);
  const { series, need, components } = await panel({}, uri);
  assert.ok(!series.phases);
  assert.equal(series.names.at(-1), 'vLLM');
  assert.equal(components[0]?.name, 'vLLM');
  assert.equal(highest(series) + series.context.bytes + series.kept.bytes, need.expected);
});
