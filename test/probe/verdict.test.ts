import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { measuredRange } from '../../src-core/probe/measured-range.ts';
import { probe } from '../../src-core/probe/probe.ts';
import type { ProbeSpec } from '../../src-core/probe/spec.ts';
import { english } from '../../src-core/text/message.ts';

const base: ProbeSpec = {
  model: 'Qwen/Qwen2.5-7B-Instruct',
  computeDtype: 'float16',
  loadDtype: 'float16',
  trainableDtype: 'float32',
  mixedPrecision: 'fp16',
  attention: 'sdpa',
  lossScaling: 'dynamic',
  masterWeights: false,
  optimizerDtype: 'float32',
  maxLength: 2048,
  stage: 'sft',
};

describe('measuredRange', () => {
  it('gives the measured maximum of the model asked for', () => {
    const range = measuredRange('Qwen/Qwen2.5-7B-Instruct');
    assert.equal(range?.value, 13312);
    assert.equal(range?.basis, 'measured');
    assert.equal(english(range?.where ?? ''), 'residual stream of layer 13');
    assert.equal(measuredRange('unsloth/gemma-3-4b-it')?.value, 245_760);
    assert.equal(measuredRange('google/gemma-3-12b-pt')?.value, 777_957);
  });

  it('falls back to a sibling and says so', () => {
    const range = measuredRange('meta-llama/Llama-3.1-8B-Instruct');
    assert.equal(range?.basis, 'family');
    assert.equal(range?.model, 'meta-llama/Llama-3.2-3B');
  });

  it('knows nothing of models that nobody measured', () => {
    assert.equal(measuredRange('google/gemma-3n-E4B-it'), undefined);
    assert.equal(measuredRange('acme/own-model'), undefined);
  });
});

describe('verdict', () => {
  const cases: [Partial<ProbeSpec>, string, string, string | undefined, number | undefined][] = [
    [{}, 'fine', 'measured', undefined, undefined],
    [{ attention: 'eager' }, 'overflow', 'reported', 'qk', undefined],
    [{ attention: 'eager', computeDtype: 'bfloat16' }, 'fine', 'measured', undefined, undefined],
    [{ model: 'google/gemma-3-4b-it' }, 'overflow', 'measured', 'mlp_residual', 7],
    [{ model: 'google/gemma-3-27b-it' }, 'overflow', 'measured', 'mlp_residual', 9],
    [{ model: 'google/gemma-2-27b' }, 'overflow', 'measured', 'mlp_residual', 18],
    [{ model: 'openai/gpt-oss-20b' }, 'overflow', 'measured', 'experts', 23],
    [
      { model: 'google-t5/t5-base', loadDtype: 'float32' },
      'overflow',
      'measured',
      'down_proj',
      undefined,
    ],
    [{ model: 'google-t5/t5-base' }, 'unknown', 'measured', undefined, undefined],
    [{ model: 'google/gemma-3-12b-it' }, 'overflow', 'family', 'mlp_residual', undefined],
    [{ model: 'google/gemma-2-27b-it' }, 'overflow', 'family', 'mlp_residual', undefined],
    [{ model: 'meta-llama/Llama-3.1-8B' }, 'fine', 'family', undefined, undefined],
    [{ model: 'facebook/opt-66b' }, 'unknown', 'family', undefined, undefined],
    [{ model: 'allenai/OLMo-2-1124-7B' }, 'unknown', 'none', undefined, undefined],
    [{ model: 'Qwen/Qwen2.5-32B' }, 'near', 'measured', undefined, undefined],
    [
      { model: 'google/gemma-3-4b-it', computeDtype: 'bfloat16' },
      'fine',
      'measured',
      undefined,
      undefined,
    ],
    [{ model: 'acme/own', publishedDtype: 'bfloat16' }, 'unknown', 'none', undefined, undefined],
    [{ computeDtype: 'float8_e4m3fn' }, 'unknown', 'none', undefined, undefined],
    [{ computeDtype: 'float32' }, 'fine', 'measured', undefined, undefined],
  ];
  for (const [change, verdict, kind, op, layer] of cases) {
    it(`${JSON.stringify(change)} is ${verdict} (${kind})`, () => {
      const result = probe({ ...base, ...change });
      assert.equal(result.verdict, verdict);
      assert.equal(result.basis.kind, kind);
      assert.equal(result.firstOverflow?.op, op);
      assert.equal(result.firstOverflow?.layer, layer);
    });
  }

  it('names the range that is lost when nothing is published', () => {
    const result = probe({ ...base, model: 'acme/own', publishedDtype: 'bfloat16' });
    assert.match(result.notes.join(), /published in bf16, the range shrinks to 65,504/);
  });

  it('says what eager attention does to Qwen2 in bf16 without calling it an overflow', () => {
    const result = probe({ ...base, attention: 'eager', computeDtype: 'bfloat16' });
    assert.match(result.notes.join(), /7\.9967/);
  });
});
