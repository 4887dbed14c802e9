// What a model's config.json gives, beside what transformers makes of it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { modelFromConfig } from '../../src-core/facts/config-json.ts';
import { findModel } from '../../src-core/facts/lookup.ts';

const golden: {
  readonly rows: readonly {
    readonly config: object;
    readonly fields: object;
    readonly params: number;
  }[];
} = JSON.parse(readFileSync(new URL('../golden/facts-configs.json', import.meta.url), 'utf8'));

/** Layouts of a known family that are not counted: parameters outside the family's formula. */
const uncounted = ['mamba', 'falcon', 'phimoe', 'stablelm', 'mixtral'];

describe('modelFromConfig', () => {
  it('counts what transformers counts, or nothing', () => {
    let equal = 0;
    for (const { config, fields, params } of golden.rows) {
      for (const written of [config, fields]) {
        const record = modelFromConfig(written, 'x');
        const text = JSON.stringify(written);
        if (record === undefined) {
          assert.ok(
            uncounted.some((type) => text.includes(`"model_type":"${type}"`)),
            text,
          );
        } else {
          assert.equal(record.params, params, text);
          equal += 1;
        }
      }
    }
    assert.equal(equal, 2 * golden.rows.length - 9);
  });

  it('reads dtype and quantisation', () => {
    const [row] = golden.rows;
    const quant = (fields: object): string | undefined =>
      modelFromConfig({ ...row?.fields, quantization_config: fields }, 'x')?.quantized;
    assert.equal(
      modelFromConfig({ ...row?.fields, torch_dtype: 'bfloat16' }, 'x')?.dtype,
      'bfloat16',
    );
    assert.equal(modelFromConfig({ ...row?.fields, dtype: 'float16' }, 'x')?.dtype, 'float16');
    assert.equal(modelFromConfig({ ...row?.fields, dtype: 'int3' }, 'x')?.dtype, undefined);
    assert.equal(quant({ quant_method: 'bitsandbytes', load_in_4bit: true }), 'bnb-4bit');
    assert.equal(quant({ load_in_8bit: true }), 'bnb-8bit');
    assert.equal(quant({ quant_method: 'gptq', bits: 4 }), 'gptq');
    assert.equal(quant({ quant_method: 'gptq', bits: 8 }), 'gptq-8bit');
    assert.equal(quant({ quant_method: 'fp8' }), 'fp8');
    assert.equal(quant({}), undefined);
  });

  it('gives nothing for what is not a config it knows', () => {
    for (const json of [
      null,
      7,
      'x',
      [],
      {},
      { model_type: 'llama' },
      { model_type: '__proto__' },
    ]) {
      assert.equal(modelFromConfig(json, 'x'), undefined);
    }
    const partial = { model_type: 'llama', hidden_size: 'x', num_hidden_layers: 2, vocab_size: 9 };
    assert.equal(modelFromConfig(partial, 'x'), undefined);
    const hybrid = { ...golden.rows[0]?.config, layer_types: ['linear_attention'] };
    assert.equal(modelFromConfig(hybrid, 'x'), undefined);
    for (const layers of [1e9, 2.5]) {
      const endless = { ...golden.rows[0]?.config, num_hidden_layers: layers };
      assert.equal(modelFromConfig(endless, 'x'), undefined);
    }
  });

  it('counts gated delta nets, in the order that the family has them', () => {
    const text = {
      model_type: 'qwen3_5_text',
      hidden_size: 1024,
      intermediate_size: 3584,
      num_hidden_layers: 24,
      num_attention_heads: 8,
      num_key_value_heads: 2,
      linear_num_value_heads: 16,
      vocab_size: 248320,
      tie_word_embeddings: true,
    };
    const tower = { hidden_size: 768, intermediate_size: 3072, depth: 12, num_heads: 12 };
    const whole = { model_type: 'qwen3_5', text_config: text, vision_config: tower };
    assert.equal(modelFromConfig(text, 'x')?.params, 752393024);
    assert.equal(modelFromConfig(whole, 'x')?.params, 852985920);
    const layers = Array.from({ length: 24 }, (_, i) =>
      (i + 1) % 4 === 0 ? 'full_attention' : 'linear_attention',
    );
    assert.equal(modelFromConfig({ ...text, layer_types: layers }, 'x')?.params, 752393024);
    assert.equal(modelFromConfig({ ...text, layer_types: layers.toReversed() }, 'x'), undefined);
    for (const id of ['Qwen/Qwen3.5-4B-Base', 'unsloth/Qwen3.6-27B'])
      assert.equal(findModel(id).record?.arch?.delta?.interval, 4, id);
  });

  it('takes any JSON and any damage to a real config', () => {
    fc.assert(fc.property(fc.jsonValue(), (json) => void modelFromConfig(json, 'x')));
    const rows = fc.constantFrom(...golden.rows);
    fc.assert(
      fc.property(rows, fc.nat(), fc.jsonValue(), ({ config }, n, value) => {
        const keys = Object.keys(config);
        const damaged = { ...config, [keys[n % keys.length] ?? '']: value };
        const record = modelFromConfig(damaged, 'x');
        if (record) assert.ok(record.params > 0 && Number.isFinite(record.params));
      }),
    );
  });
});
