import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bf16, e4m3, e5m2, fp16, fp32, tf32 } from '../../src-core/probe/formats.ts';
import { type AdamWOptions, firstUpdate } from '../../src-core/probe/optimizer.ts';
import {
  decayLostShare,
  distinctPositions,
  gradientRange,
  maskConstant,
  movedShare,
  movesBelow,
  probabilityVanishesBelow,
  squareVanishesBelow,
  storedEpsilon,
  unchangedShare,
} from '../../src-core/probe/optimizer-arithmetic.ts';

/** Normal weights by evenly spaced quantiles of Box-Muller pairs: no randomness. */
function weights(count: number): Float32Array {
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const a = (((i * 7919) % count) + 0.5) / count;
    const b = (((i * 104_729) % count) + 0.5) / count;
    out[i] = 0.02 * Math.sqrt(-2 * Math.log(a)) * Math.cos(2 * Math.PI * b);
  }
  return out;
}

describe('share of weights that an update moves', () => {
  // Measured in torch 2.13 over N(0, 0.02), in percent.
  const measured = [
    [1e-6, 1.9, 15.6],
    [5e-6, 7.8, 56.5],
    [1e-5, 15.6, 88.2],
    [2e-5, 30.4, 99.8],
    [1e-4, 88.2, 100],
    [2e-4, 99.8, 100],
  ] as const;
  for (const [lr, inBf16, inFp16] of measured) {
    it(`at lr ${lr} is ${inBf16} % in bf16 and ${inFp16} % in fp16`, () => {
      assert.ok(Math.abs(100 * movedShare(lr, bf16) - inBf16) < 0.3, `${movedShare(lr, bf16)}`);
      assert.ok(Math.abs(100 * movedShare(lr, fp16) - inFp16) < 0.3, `${movedShare(lr, fp16)}`);
    });
  }

  it('agrees with moving every weight of a sample', () => {
    const sample = weights(20_011);
    for (const format of [bf16, fp16]) {
      for (const lr of [3e-6, 1e-5, 7e-5]) {
        let moved = 0;
        for (const w of sample) {
          const stored = format.round(w);
          if (format.round(stored - lr) !== stored) moved++;
        }
        const share = moved / sample.length;
        assert.ok(Math.abs(share - movedShare(lr, format)) < 0.01, `${format.name} ${lr} ${share}`);
      }
    }
  });

  it('says up to which weight a step counts', () => {
    assert.equal(movesBelow(1e-5, bf16), 2 ** -8);
    assert.equal(movesBelow(1e-9, fp16), 0);
    assert.ok(movedShare(1e-5, fp32) > 0.9999);
  });
});

describe('Adam as stored', () => {
  it('loses epsilon 1e-8 in fp16 and keeps it in bf16', () => {
    assert.equal(storedEpsilon(1e-8, fp16), 0);
    assert.equal(storedEpsilon(6e-8, fp16), 2 ** -24);
    assert.ok(storedEpsilon(1e-8, bf16) > 0);
  });

  it('never lets a second moment of bf16 decay at beta2 0.999', () => {
    assert.equal(unchangedShare(0.999, bf16), 1);
    assert.equal(bf16.round(0.999), 1);
    assert.equal(unchangedShare(0.99, bf16), 0);
    assert.equal(unchangedShare(0.999, fp16), 0);
    let v = bf16.round(1e-3);
    const start = v;
    for (let step = 0; step < 3000; step++) v = bf16.round(v * Math.fround(0.999));
    assert.equal(v, start);
  });

  it('loses weight decay of 0.01 at lr 1e-5 in 16 bit', () => {
    assert.equal(decayLostShare(1e-5, 0.01, bf16), 1);
    assert.equal(decayLostShare(1e-5, 0.01, fp16), 1);
    assert.equal(decayLostShare(1e-5, 0, bf16), 0);
    assert.ok(decayLostShare(1e-1, 0.1, bf16) < 1);
  });

  it('breaks fp16 weights: the squared gradient and epsilon are both 0', () => {
    const options: AdamWOptions = {
      ...{ learningRate: 1e-4, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
      ...{ weightDecay: 0, maxGradNorm: 0 },
    };
    assert.ok(1e-3 < squareVanishesBelow(0.999, fp16));
    assert.ok(!Number.isFinite(firstUpdate(0.02, 1e-3, fp16, options)));
    assert.ok(Number.isFinite(firstUpdate(0.02, 1e-3, bf16, options)));
    assert.ok(Math.abs(firstUpdate(0.02, 1e-3, fp32, options) - 0.0199) < 1e-6);
  });
});

describe('gradients, positions and masks', () => {
  it('bounds what a loss scale lets through', () => {
    assert.equal(gradientRange(65_536, fp16).largest, 65_504 / 65_536);
    assert.equal(gradientRange(1, fp16).smallest, 2 ** -25);
    assert.equal(gradientRange(65_536, fp16).smallest, 2 ** -41);
    assert.equal(probabilityVanishesBelow(2048, 1, fp16), 2 ** -14);
    assert.equal(probabilityVanishesBelow(2048, 65_536, fp16), 2 ** -30);
  });

  it('counts the positions that are left', () => {
    assert.equal(distinctPositions(32_768, bf16), 1153);
    assert.equal(distinctPositions(256, bf16), 256);
    assert.equal(distinctPositions(2048, fp16), 2048);
    assert.ok(distinctPositions(4096, fp16) < 4096);
    assert.equal(distinctPositions(100_000, fp32), 100_000);
    for (const [format, first] of [
      [bf16, 257],
      [fp16, 2049],
      [tf32, 2049],
      [e4m3, 17],
      [e5m2, 9],
    ] as const) {
      assert.equal(format.firstLostInteger, first);
    }
  });

  it('makes -1e9 infinite in fp16, and the lowest value plus a score of -16', () => {
    assert.equal(maskConstant(-1e9, fp16).stored, -Infinity);
    assert.ok(Number.isFinite(maskConstant(-1e9, bf16).stored));
    const lowest = maskConstant(-fp16.max, fp16);
    assert.equal(lowest.lowestScore, -16);
    assert.equal(fp16.round(lowest.stored - 16), -Infinity);
    assert.equal(fp16.round(lowest.stored - 15.9), -65_504);
  });
});
