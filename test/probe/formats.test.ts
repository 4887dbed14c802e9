import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  bf16,
  e4m3,
  e4m3Saturating,
  e5m2,
  type FloatFormat,
  floatFormats,
  formatOf,
  fp16,
  fp32,
  headroomBits,
  tf32,
  ulp,
} from '../../src-core/probe/formats.ts';
import { nf4Values, quantizationError, storeBlock } from '../../src-core/probe/quantized.ts';
import { codeOf, finiteValues } from './codes.ts';

/** Every value of the format, its neighbours' midpoints, and one float32 step either side of each. */
function edges(format: FloatFormat, stride: number): { x: number; expected: number }[] {
  const values = finiteValues(format);
  const out: { x: number; expected: number }[] = [];
  for (let i = 0; i + 1 < values.length; i += stride) {
    const low = values[i] ?? 0;
    const high = values[i + 1] ?? 0;
    const middle = (low + high) / 2;
    const even = i % 2 === 0 ? low : high;
    out.push({ x: low, expected: low }, { x: middle, expected: even });
    const up = new Float32Array([middle]);
    const bits = new Uint32Array(up.buffer);
    bits[0] = (bits[0] ?? 0) + 1;
    out.push({ x: up[0] ?? 0, expected: high });
    bits[0] = (bits[0] ?? 0) - 2;
    out.push({ x: up[0] ?? 0, expected: low });
  }
  return out;
}

describe('float formats', () => {
  for (const format of floatFormats.filter((f) => f.mantissaBits < 23)) {
    it(`${format.name} (${format.overflow}) rounds to nearest, ties to even`, () => {
      const stride = format.bits > 16 ? 97 : format.bits > 8 ? 3 : 1;
      for (const { x, expected } of edges(format, stride)) {
        assert.equal(format.round(x), expected, `${x}`);
        assert.ok(Object.is(format.round(-x), -expected), `-${x}`);
      }
    });

    it(`${format.name} (${format.overflow}) keeps NaN and leaves its range as torch does`, () => {
      const beyond = { infinity: Infinity, nan: Number.NaN, saturate: format.max };
      assert.ok(Number.isNaN(format.round(Number.NaN)));
      for (const x of [format.overflowsFrom, Infinity]) {
        assert.ok(Object.is(format.round(x), beyond[format.overflow]), `${x}`);
      }
      assert.ok(Object.is(format.round(-Infinity), -beyond[format.overflow]));
      const values = finiteValues(format);
      assert.equal(values[values.length - 1], format.max);
      assert.equal(values[1], format.minSubnormal);
      assert.equal(values[2 ** format.mantissaBits], format.minNormal);
    });

    it(`${format.name} loses whole numbers from firstLostInteger on`, () => {
      const first = format.firstLostInteger;
      for (let n = Math.max(0, first - 300); n < first; n++) assert.equal(format.round(n), n);
      assert.notEqual(format.round(first), first);
    });
  }

  it('gives the codes that torch stores', () => {
    assert.equal(codeOf(fp16, fp16.round(65504)), 0x7bff);
    assert.equal(codeOf(bf16, bf16.round(-1e-40)), 0x8001);
    assert.equal(codeOf(e4m3Saturating, e4m3Saturating.round(1e9)), 0x7e);
    assert.equal(codeOf(e5m2, e5m2.round(61440)), 0x7c);
  });

  it('agrees with torch 2.13 casts', () => {
    const casts: [FloatFormat, number, number][] = [
      [bf16, 72413.5, 72192],
      [fp16, 72413.5, Infinity],
      [bf16, 0.00214, 0.0021362304687],
      [bf16, 1e-40, 9.18354961579912e-41],
      [bf16, 0.999, 1],
      [bf16, 65504, 65536],
      [fp16, 65519.99, 65504],
      [fp16, 65520, Infinity],
      [fp16, 2e-9, 0],
      [fp16, 1e-8, 0],
      [fp16, 5.96e-8, 2 ** -24],
      [fp16, -1e9, -Infinity],
      [e4m3, 464, 448],
      [e4m3, 465, Number.NaN],
      [e4m3Saturating, 465, 448],
      [e5m2, 61439, 57344],
      [tf32, 2049, 2048],
    ];
    for (const [format, x, expected] of casts) {
      const got = format.round(x);
      const close = Math.abs(got - expected) <= Math.abs(expected) * 1e-9;
      assert.ok(Object.is(got, expected) || close, `${format.name} ${x}: ${got}`);
    }
  });

  it('states the limits', () => {
    assert.equal(fp16.max, 65504);
    assert.equal(fp16.minNormal, 2 ** -14);
    assert.equal(fp16.minSubnormal, 2 ** -24);
    assert.equal(bf16.max, 3.3895313892515355e38);
    assert.equal(fp32.max, 3.4028234663852886e38);
    assert.equal(fp32.firstLostInteger, 16_777_217);
    assert.equal(e4m3.max, 448);
    assert.equal(e5m2.max, 57344);
    assert.equal(ulp(bf16, 72413.5), 512);
    assert.equal(ulp(fp16, 1), 2 ** -10);
    assert.equal(ulp(fp16, 1e-7), 2 ** -24);
    assert.equal(headroomBits(fp16, 65504), 0);
    assert.ok(headroomBits(fp16, 245_760) < -1.9);
    assert.equal(formatOf('float8_e4m3fn'), e4m3Saturating);
    assert.equal(formatOf('nf4'), undefined);
  });
});

/** Evenly spaced quantiles of the normal distribution, in an order that mixes large and small. */
function normalSample(count: number): number[] {
  const out: number[] = [];
  for (let i = 0; i < count; i++) {
    const a = (((i * 7919) % count) + 0.5) / count;
    const b = (((i * 104_729) % count) + 0.5) / count;
    out.push(Math.sqrt(-2 * Math.log(a)) * Math.cos(2 * Math.PI * b));
  }
  return out;
}

describe('quantised storage', () => {
  it('stores the largest value of a block exactly and all others at the nearest code', () => {
    const block = [0.5, -2, 0.01, 1.9];
    const stored = storeBlock('nf4', block);
    assert.equal(stored[1], -2);
    block.forEach((x, i) => {
      const near = Math.min(...nf4Values.map((v) => Math.abs(v * 2 - x)));
      assert.equal(Math.abs((stored[i] ?? 0) - x), near);
    });
    assert.deepEqual(storeBlock('int8', [0, 0]), [0, 0]);
  });

  it('ranks the formats as their error on normal weights does', () => {
    const weights = normalSample(64 * 512);
    const error = (kind: 'nf4' | 'fp4' | 'int8') => quantizationError(kind, weights).relativeRms;
    assert.ok(error('nf4') > 0.08 && error('nf4') < 0.1, `nf4 ${error('nf4')}`);
    assert.ok(error('fp4') > error('nf4'), `fp4 ${error('fp4')}`);
    assert.ok(error('int8') < 0.01, `int8 ${error('int8')}`);
    assert.deepEqual(quantizationError('nf4', []), { relativeRms: 0, relativeMax: 0 });
  });
});
