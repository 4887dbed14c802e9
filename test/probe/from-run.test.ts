import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyze } from '../../src-core/index.ts';
import { attentionPath, probeSpecFromRun } from '../../src-core/probe/from-run.ts';
import { quickVerdict } from '../../src-core/probe/verdict.ts';

/** The probe's view of the one run in a shell command. */
function specOf(command: string) {
  const file = { path: 'train.sh', text: `${command}\n`, language: 'shell' as const };
  const [analyzed] = analyze({ file, settings: {} }).runs;
  assert.ok(analyzed, 'no run found');
  return probeSpecFromRun(analyzed.run);
}

describe('probeSpecFromRun', () => {
  it('reads model, dtype, attention and loss scaling from a command', () => {
    const spec = specOf(
      'swift sft --model Qwen/Qwen2.5-7B-Instruct --torch_dtype float16 --attn_impl eager --dataset x.json',
    );
    assert.equal(spec?.model, 'Qwen/Qwen2.5-7B-Instruct');
    assert.equal(spec?.computeDtype, 'float16');
    assert.equal(spec?.attention, 'eager');
    assert.equal(spec?.lossScaling, 'dynamic');
    assert.equal(spec?.arch?.layers, 28);
    assert.equal(spec && quickVerdict(spec).firstOverflow?.op, 'qk');
  });

  it('gives a verdict on every dtype that a command can ask for', () => {
    for (const [dtype, verdict] of [
      ['bfloat16', 'fine'],
      ['float16', 'overflow'],
    ] as const) {
      const spec = specOf(
        `swift sft --model google/gemma-3-4b-it --torch_dtype ${dtype} --dataset x.json`,
      );
      assert.equal(spec && quickVerdict(spec).verdict, verdict);
    }
  });

  it('takes what it does not know of attention as fused', () => {
    assert.equal(attentionPath(undefined), 'sdpa');
    assert.equal(attentionPath('eager'), 'eager');
    assert.equal(attentionPath('flash_attention_2'), 'flash');
    assert.equal(attentionPath('xformers'), 'sdpa');
  });
});
