import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CodeLens } from 'vscode-languageserver/node';
import { SUMMARY, type SummaryItem } from '../../server/proto/requests.ts';
import * as core from '../../src-core/index.ts';
import { connect, PULLS } from './harness.ts';

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
