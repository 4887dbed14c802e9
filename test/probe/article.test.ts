import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findGpu, findModel } from '../../src-core/facts/lookup.ts';
import { bf16, fp16, fp32 } from '../../src-core/probe/formats.ts';
import { measuredRange } from '../../src-core/probe/measured-range.ts';
import { activate } from '../../src-core/probe/ops/elementwise.ts';
import { rope, ropeTable } from '../../src-core/probe/ops/rope.ts';
import { runStep } from '../../src-core/probe/step.ts';
import { Tape } from '../../src-core/probe/tape.ts';
import { planOf, policyOf, tokensOf, weightsOf } from './planted.ts';

/** Claims of a widely copied article on bf16 for Qwen2.5-7B, each against arithmetic or a figure. */
describe('the article', () => {
  it('is right about bits and ranges', () => {
    const bits = [fp32, fp16, bf16].map((f) => [f.bits, f.exponentBits, f.mantissaBits]);
    assert.deepEqual(bits, [
      [32, 8, 23],
      [16, 5, 10],
      [16, 8, 7],
    ]);
    assert.ok(Number.isFinite(bf16.round(1e35)) && fp16.round(1e35) === Infinity);
  });

  it('takes the smallest normal fp16 number, 6.1e-5, for the smallest, 5.96e-8', () => {
    assert.ok(Math.abs(fp16.minNormal - 6.1e-5) < 1e-6);
    assert.ok(Math.abs(fp16.minSubnormal - 5.96e-8) < 1e-10);
    assert.ok(fp16.round(1e-6) > 0);
  });

  it('has bf16 hold 72413.5 and 1e-40; it holds 72192, and 1e-40 only as a subnormal 8 % off', () => {
    assert.equal(bf16.round(72_413.5), 72_192);
    assert.ok(bf16.round(1e-40) < bf16.minNormal);
    assert.ok(Math.abs(bf16.round(1e-40) / 1e-40 - 0.918) < 0.001);
    assert.notEqual(bf16.round(0.00214), 0.00214);
  });

  it('says fp16 clips; it gives infinity', () => {
    assert.equal(fp16.round(72_413.5), Infinity);
  });

  it('lets RoPE swing norms past fp16; RoPE is a rotation and keeps every norm', () => {
    const policy = { ...policyOf(qwen), autocast: false, compute: fp32, weights: fp32 };
    const tape = new Tape(policy, () => undefined);
    const data = Float32Array.from({ length: 12_000 * 8 }, (_, i) => Math.sin(i * 12.9898) * 40);
    const x = {
      op: 'q',
      layer: 0,
      rows: 12_000,
      cols: 8,
      format: fp32,
      data,
      grad: undefined,
      gradRounding: undefined,
    };
    const turn = { theta: 1e6, headDim: 8, rotaryDim: 8, style: 'half' } as const;
    const out = rope(tape, 'rope_q', x, turn, ropeTable(turn, 12_000, fp32));
    for (const t of [0, 1, 8191, 11_999]) {
      const norm = (all: Float32Array): number => Math.hypot(...all.subarray(8 * t, 8 * t + 8));
      assert.ok(Math.abs(norm(out.data) / norm(data) - 1) < 1e-4, `position ${t}`);
    }
  });

  it('cuts exp(-20) to 0 in SwiGLU; silu(-20) is computed in fp32 and stored as -5.96e-8', () => {
    assert.equal(fp16.round(Math.exp(-20)), 0);
    assert.equal(fp16.round(activate('silu', -20).value), -(2 ** -24));
  });

  it('puts 72,413 into layer 24; what was measured anywhere is 13,312, a fifth of fp16', () => {
    const range = measuredRange('Qwen/Qwen2.5-7B-Instruct');
    assert.equal(range?.value, 13_312);
    assert.ok((range?.value ?? 0) / fp16.max < 0.21);
  });

  it('blames fp16; eager attention stores QK^T in it, and fused attention does not', () => {
    const large = Array.from({ length: 8 }, (_, i) => [i, 300] as const);
    const run = (attention: 'eager' | 'sdpa') => {
      const test = {
        ...qwen,
        attention,
        spikes: { '0.q_proj.bias': large, '0.k_proj.bias': large },
      };
      return runStep({
        ...{ plan: planOf(test), policy: policyOf(test) },
        ...{ source: weightsOf(test), tokens: tokensOf(test) },
      });
    };
    assert.equal(run('eager').firstForward?.op, 'qk');
    assert.equal(run('sdpa').firstForward, undefined);
  });

  it('counts 13.8 GB of weights and 0.4 GB of LoRA; it is 15.2 GB and 0.04 GB', () => {
    const record = findModel('Qwen/Qwen2.5-7B-Instruct').record;
    assert.equal(record?.params, 7_615_616_512);
    assert.equal(((record?.params ?? 0) * 2) / 1e9, 15.231233024);
    const arch = record?.arch;
    assert.ok(arch);
    const { hiddenSize: h, intermediateSize: i, layers } = arch;
    const q = arch.heads * arch.headDim;
    const kv = arch.kvHeads * arch.headDim;
    const ends = [h + q, h + kv, h + kv, q + h, h + i, h + i, i + h];
    const adapter = 8 * layers * ends.reduce((sum, n) => sum + n, 0);
    assert.equal(adapter, 20_185_088);
    assert.ok((adapter * 2) / 1e9 < 0.041);
  });

  it('has fp32 fit 24 GB; its weights alone take 28.4 GiB', () => {
    const weights = (findModel('Qwen/Qwen2.5-7B-Instruct').record?.params ?? 0) * 4;
    const card = findGpu('RTX 4090D').record;
    assert.ok(card);
    assert.ok(weights > card.memoryBytes);
    assert.ok(Math.abs(weights / 2 ** 30 - 28.37) < 0.01);
  });

  it('has bf16 beat fp16 on a 4090D; both run at the same rate, some 100 times what it says', () => {
    const card = findGpu('RTX 4090D').record;
    assert.ok(card?.tflopsBf16);
    assert.equal(card.tflopsBf16, card.tflopsFp16);
    assert.ok(card.tflopsBf16 > 100 * 1.32);
    assert.equal(card.bf16, 'native');
  });
});

const qwen = {
  ...({ id: 0, family: 'qwen2', seed: 7, layers: 1, dtype: 'float16', autocast: false } as const),
  ...({ attention: 'eager', scaler: 0, gains: {}, spikes: {}, lr: 1e-4, dump: false } as const),
};
