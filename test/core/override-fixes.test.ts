import assert from 'node:assert/strict';
import { it } from 'node:test';
import { analyze } from '../../src-core/index.ts';
import { applyEdits } from '../../src-core/text/edit.ts';

const LLAMA =
  'llamafactory-cli train full.yaml model_name_or_path=Qwen/Qwen2.5-7B-Instruct do_train=true stage=sft';

it('a fix writes a new option as the command reads it', () => {
  const text = `${LLAMA} finetuning_type=lora dataset=identity per_device_train_batch_size=32 cutoff_len=8192\n`;
  const said = analyze({
    file: { path: 'a.sh', language: 'shell', text },
    settings: { gpu: 'RTX 4090' },
  });
  const found = said.findings.find(({ rule }) => rule === 'does-not-fit');
  assert.ok(found !== undefined);
  const texts = found.fixes.map((fix) => applyEdits(text, fix.files[0]?.edits ?? []));
  assert.ok(texts.length > 0);
  for (const after of texts) assert.doesNotMatch(after, /--/);
  assert.ok(texts.some((after) => / gradient_accumulation_steps=\d+/.test(after)));
});

it('flags behind a file become overrides, their values as they stand', () => {
  const flags = '--learning-rate "$LR" --bf16 \\\n  --lora_target q_proj v_proj --run_name=\'a b\'';
  const text = `llamafactory-cli train lora.yaml ${flags}\n`;
  const { findings } = analyze({ file: { path: 'a.sh', language: 'shell', text }, settings: {} });
  const [fix] = findings.find(({ rule }) => rule === 'unknown-key')?.fixes ?? [];
  assert.ok(fix !== undefined);
  assert.equal(
    applyEdits(text, fix.files[0]?.edits ?? []),
    'llamafactory-cli train lora.yaml learning_rate="$LR" bf16=true \\\n' +
      `  lora_target="[q_proj,v_proj]" run_name='a b'\n`,
  );
});
