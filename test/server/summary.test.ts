import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CodeLens, Diagnostic, Hover } from 'vscode-languageserver/node';
import { PANEL, type PanelAnswer } from '../../server/proto/panel.ts';
import { SUMMARY, type SummaryItem } from '../../server/proto/requests.ts';
import * as core from '../../src-core/index.ts';
import { connect, PULLS } from './harness.ts';

/** How finding, line, colour, panel and hover speak of the memory of a file. */
async function spokenOf(uri: string, text: string, more: object = {}) {
  const client = await connect(core, {
    options: { gpu: 'RTX 4090D', panel: true, ...more },
    capabilities: PULLS,
  });
  await client.open(uri, text, uri.endsWith('.py') ? 'python' : 'shellscript');
  const [item] = await client.request<SummaryItem[]>(SUMMARY, { uri });
  const textDocument = { uri };
  const report = await client.request<{ items: Diagnostic[] }>('textDocument/diagnostic', {
    textDocument,
  });
  const found = report.items.find(({ code }) => code === 'does-not-fit');
  const params = { uri, run: 0, changes: {} };
  const panel = await client.request<PanelAnswer>(PANEL, params);
  const position = { line: item?.line ?? 0, character: 12 };
  const hover = await client.request<Hover | null>('textDocument/hover', {
    textDocument,
    position,
  });
  client.close();
  return {
    severity: found?.severity,
    verdict: item?.verdict,
    line: /^memory [a-z ]+/.exec(item?.text ?? '')?.[0],
    panel: panel !== null && 'need' in panel ? panel.verdict : undefined,
    hover: /(?:probably )?does not fit/.exec(JSON.stringify(hover?.contents))?.[0],
    message: /^[a-z ]+/.exec(String(found?.message))?.[0],
  };
}

const CERTAIN = {
  ...{ severity: 1, verdict: 'does-not-fit', line: 'memory does not fit' },
  ...{ panel: 'does-not-fit', hover: 'does not fit', message: 'does not fit' },
};
const LIKELY = {
  ...{ severity: 2, verdict: 'unlikely', line: 'memory probably does not fit' },
  ...{ panel: 'unlikely', hover: 'probably does not fit', message: 'probably does not fit' },
};

test('line, colour, hover and panel say no more than the finding does', async () => {
  const command = 'swift sft --model Qwen/Qwen2.5-7B-Instruct --dataset d --torch_dtype bfloat16';
  const of = (options: string, more?: object) =>
    spokenOf('file:///ws/severity.sh', `${command} ${options}\n`, more);
  // Weights and states of all 7B parameters: no sample is too short for that.
  const full = '--tuner_type full --max_length 2048';
  assert.deepEqual(await of(full), CERTAIN);
  // Only samples as long as the limit do not fit.
  assert.deepEqual(await of('--tuner_type lora --max_length 8192 --attn_impl eager'), LIKELY);
  // Who makes it a warning does not want to be told that it is certain.
  assert.deepEqual(await of(full, { rules: { 'does-not-fit': 'warning' } }), LIKELY);
});

test('a finding that a default of a program makes milder has milder words', async () => {
  const of = (rate: string) =>
    spokenOf(
      'file:///ws/train.py',
      `import argparse, os
os.environ["CUDA_VISIBLE_DEVICES"] = "0"
from transformers import AutoModelForCausalLM, Trainer, TrainingArguments
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=1e-5)
args = parser.parse_args()
model = AutoModelForCausalLM.from_pretrained("Qwen/Qwen2.5-7B", torch_dtype="bfloat16")
config = TrainingArguments(output_dir="out", learning_rate=${rate}, bf16=True)
Trainer(model=model, args=config, train_dataset=data).train()
`,
    );
  assert.deepEqual(await of('1e-5'), CERTAIN);
  assert.deepEqual(await of('args.lr'), LIKELY);
});

test('the line of a run that fits says so of its memory alone, and an error is told to the marks', async () => {
  const uri = 'file:///ws/marks.sh';
  const run = '--model Qwen/Qwen2.5-7B-Instruct --max_length 512 --dataset d';
  const client = await connect(core, {
    options: { gpu: 'RTX 4090D', panel: true },
    capabilities: PULLS,
  });
  const of = async (
    dtype: string,
    before = '',
  ): Promise<readonly [SummaryItem | undefined, string]> => {
    const text = `${before}swift sft ${run} --torch_dtype ${dtype}\n`;
    await client.open(uri, text);
    const [item] = await client.request<SummaryItem[]>(SUMMARY, { uri });
    const lenses = await client.request<CodeLens[]>('textDocument/codeLens', {
      textDocument: { uri },
    });
    await client.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
    return [item, lenses[0]?.command?.title ?? ''];
  };
  const [good, goodLine] = await of('bfloat16');
  assert.deepEqual([good?.verdict, good?.failing], ['fits', false]);
  const [bad, badLine] = await of('float16 --attn_impl eager');
  assert.deepEqual([bad?.verdict, bad?.failing], ['fits', true]);
  const silence = '# tunelint: ignore[fp16-overflows-model]\n';
  const [silenced] = await of('float16 --attn_impl eager', silence);
  assert.deepEqual([silenced?.verdict, silenced?.failing], ['fits', false]);
  for (const line of [goodLine, badLine]) {
    assert.match(line, /memory fits: ≈/);
    assert.doesNotMatch(line, /✓|\$\((?:pass|check)/);
  }
  client.close();
});

test('without a card the line names the smallest that fits, and multiplies in the format of the run', async () => {
  const client = await connect(core, { options: { panel: true }, capabilities: PULLS });
  const cardOf = async (dtype: string) => {
    const uri = `file:///ws/${dtype}.sh`;
    const run = `--max_length 1024 --per_device_train_batch_size 1 --torch_dtype ${dtype}`;
    await client.open(uri, `swift sft --model Qwen/Qwen2.5-0.5B-Instruct --dataset d ${run}\n`);
    const [item] = await client.request<SummaryItem[]>(SUMMARY, { uri });
    const named = /^memory: ≈ [\d.]+ GiB, fits (.+?) · /.exec(item?.text ?? '')?.[1] ?? '';
    const hover = await client.request<Hover>('textDocument/hover', {
      ...{ textDocument: { uri }, position: { line: 0, character: 1 } },
    });
    assert.ok(named !== '' && JSON.stringify(hover.contents).includes(named), named);
    return core.listGpus().find((gpu) => core.withMemory(gpu) === named);
  };
  const [half, brain] = [await cardOf('float16'), await cardOf('bfloat16')];
  assert.deepEqual([half?.memoryGb, half?.bf16], [6, 'emulated']);
  assert.deepEqual([brain?.memoryGb, brain?.bf16], [8, 'native']);
  client.close();
});
