import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Diagnostic } from 'vscode-languageserver/node';
import * as core from '../../src-core/index.ts';
import { connect, PULLS } from './harness.ts';

test('a value of a file that the command names is shown where it takes part', async () => {
  const uri = 'file:///ws/join.sh';
  const text = [
    'torchrun --nproc_per_node 2 train.py --model_name_or_path Qwen/Qwen2.5-0.5B --bf16 \\',
    '  --output_dir out --per_device_train_batch_size 2 --gradient_accumulation_steps 2 \\',
    '  --deepspeed configs/ds.json',
    '',
  ].join('\n');
  const ds =
    '{"gradient_accumulation_steps": 4, "zero_optimization": {"stage": 2}, "train_batch_size": "auto"}';
  const files = { 'file:///ws/configs/ds.json': ds };
  const joined = await connect(core, { files, capabilities: PULLS });
  await joined.open(uri, text);
  const report = await joined.request<{ items: Diagnostic[] }>('textDocument/diagnostic', {
    textDocument: { uri },
  });
  joined.close();
  const found = report.items.find(({ code }) => code === 'rejected-combination');
  assert.ok(found);
  assert.match(
    String(found.message),
    /^configs\/ds\.json: `gradient_accumulation_steps` is 4 here/,
  );
  assert.equal(found.range.start.line, 2);
});
