import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { profiledModels, profileOf } from '../../src-core/facts/activations/activations.ts';
import { formatBits, formatMagnitude, plotProbe } from '../../src-core/probe/plot.ts';
import { probe } from '../../src-core/probe/probe.ts';
import type { ProbeSpec } from '../../src-core/probe/spec.ts';
import { quickVerdict } from '../../src-core/probe/verdict.ts';

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

const emulated = profiledModels().filter((model) => !/Qwen3\.5|Ling/.test(model));

describe('the emulated step', () => {
  for (const model of emulated) {
    it(`of ${model} repeats the published maxima and overflows where they do`, () => {
      const result = probe({ ...base, model });
      const crossed = result.perOp.find(
        (one) => one.direction === 'forward' && one.max >= result.format.overflowsFrom,
      );
      assert.equal(crossed?.op, result.firstOverflow?.op);
      assert.equal(crossed?.layer, result.firstOverflow?.layer);
      const inBf16 = probe({ ...base, model, computeDtype: 'bfloat16', loadDtype: 'bfloat16' });
      assert.equal(inBf16.firstOverflow, undefined);
      const published = profileOf(model)?.profile.residual?.max ?? [];
      const residuals = inBf16.perOp.filter(
        (one) => one.op === 'mlp_residual' && one.direction === 'forward',
      );
      assert.equal(residuals.length, published.length);
      residuals.forEach((one, layer) => {
        const wanted = published[layer] ?? 0;
        assert.ok(Math.abs(one.max / wanted - 1) < 0.1, `layer ${layer}: ${one.max}, ${wanted}`);
      });
      const mlp = inBf16.perOp.some((one) => one.op === 'experts') ? 'experts' : 'down_proj';
      const planted = inBf16.perOp.filter(
        (one) => one.direction === 'forward' && (one.op === 'o_proj' || one.op === mlp),
      );
      const exact = planted.filter((one) => one.published).length;
      assert.ok(exact / planted.length > 0.9, `${exact} of ${planted.length}`);
    });
  }

  it('keeps a residual in fp32 under autocast over fp32 weights', () => {
    const gemma = { ...base, model: 'google/gemma-3-4b-it' };
    assert.equal(probe(gemma).verdict, 'overflow');
    const mixed = probe({ ...gemma, loadDtype: 'float32' });
    assert.equal(mixed.verdict, 'fine');
    assert.ok(mixed.perOp.every((one) => Number.isFinite(one.max)));
    assert.match(mixed.notes.join(), /residual stream is fp32/);
    const deepspeed = probe({ ...gemma, loadDtype: 'float32', masterWeights: true });
    assert.equal(deepspeed.verdict, 'overflow');
  });

  it('leaves open what nobody published', () => {
    assert.deepEqual(probe({ ...base, model: 'acme/own' }).perOp, []);
    assert.equal(
      probe({ ...base, model: 'google/gemma-3-12b-pt', loadDtype: 'float32' }).verdict,
      'unknown',
    );
    assert.equal(
      probe({ ...base, model: 'google-t5/t5-base', mixedPrecision: 'none' }).verdict,
      'unknown',
    );
    assert.equal(
      probe({ ...base, model: 'google-t5/t5-base', loadDtype: 'float32' }).verdict,
      'overflow',
    );
  });

  it('borrows the layers of a sibling and says so', () => {
    const arch = {
      ...{ modelType: 'qwen2', hiddenSize: 5120, intermediateSize: 13_824, layers: 48 },
      ...{ heads: 40, kvHeads: 8, headDim: 128, vocabSize: 152_064, tieWordEmbeddings: false },
    };
    const result = probe({ ...base, model: 'Qwen/Qwen2.5-14B-Instruct', arch });
    assert.equal(result.basis.kind, 'family');
    assert.equal(new Set(result.perOp.map((one) => one.layer)).size, 49);
    assert.match(result.notes.join(), /magnitudes by layer are those of Qwen\/Qwen2\.5-32B/);
  });

  it('loses more gradients without a loss scale', () => {
    const lost = (lossScaling: ProbeSpec['lossScaling']): number => {
      const { perOp } = probe({ ...base, lossScaling });
      return (
        perOp.find((one) => one.direction === 'backward' && one.op === 'lm_head')?.flushedShare ??
        -1
      );
    };
    assert.ok(lost('none') >= lost('dynamic'));
    assert.equal(lost('dynamic'), 0);
  });

  it('answers the same twice, and as the quick verdict does', () => {
    assert.deepEqual(probe(base), probe(base));
    assert.equal(quickVerdict(base).verdict, probe(base).verdict);
  });
});

describe('plotProbe', () => {
  it('draws a bar for each layer and marks what is past the limit', () => {
    const text = plotProbe(
      'google/gemma-3-4b-it',
      probe({ ...base, model: 'google/gemma-3-4b-it' }),
      {
        width: 100,
        ascii: true,
      },
    );
    const rows = text.split('\n').filter((line) => /^ +\d+ /.test(line));
    assert.equal(rows.length, 34);
    assert.match(text, /in fp16 \(largest value 65,504\): overflow/);
    assert.match(text, /first past the limit: mlp_residual in layer 7, forward: 73,216/);
    assert.match(rows[7] ?? '', /73,216 +-0\.2 +mlp_residual +#+\|!$/);
    assert.doesNotMatch(rows[6] ?? '', /!/);
    assert.ok(
      text.split('\n').every((line) => /^note|^basis|Qwen|gemma/.test(line) || line.length <= 104),
    );
  });

  it('says what the answer rests on when there is nothing to draw', () => {
    const text = plotProbe(
      'acme/own',
      probe({ ...base, model: 'acme/own', publishedDtype: 'bfloat16' }),
      {
        width: 80,
        ascii: false,
      },
    );
    assert.match(text, /unknown\nbasis: nothing is published/);
    assert.doesNotMatch(text, /layer {2}/);
  });

  it('writes magnitudes in a few characters', () => {
    assert.equal(formatMagnitude(13_312), '13,312');
    assert.equal(formatMagnitude(77.25), '77');
    assert.equal(formatMagnitude(0.00164), '0.0016');
    assert.equal(formatMagnitude(2.1e-7), '2.1e-7');
    assert.equal(formatMagnitude(3.39e38), '3.4e+38');
    assert.equal(formatMagnitude(Infinity), 'inf');
    assert.equal(formatBits(-1.91), '-1.9');
  });
});
