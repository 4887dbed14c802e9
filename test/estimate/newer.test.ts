import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimate } from '../../src-core/estimate/estimate.ts';
import { shapeOf, totalParams } from '../../src-core/estimate/params.ts';
import { baseSpec } from '../../src-core/estimate/spec.ts';
import { modelById } from '../../src-core/facts/models/models.ts';
import { countParams } from '../../src-core/facts/params.ts';
import { allocatedError, compare, reservedError, summarize } from '../bench/vram-bench.ts';
import { errors, load, records } from './golden.ts';

const golden = load('vram-newer.json');
const compared = compare(
  records(golden, golden.runs).map((one) => ({ ...one, clean_reserved: true })),
);

/** How far the runs are off whose model's name begins so. */
function off(model: string, count: number): { allocated: number; reserved: number } {
  const those = compared.filter(({ record }) => String(record.run.model).startsWith(model));
  assert.equal(those.length, count);
  return {
    allocated: summarize(errors(those, allocatedError)).max,
    reserved: summarize(errors(those, reservedError)).max,
  };
}

test('Qwen3-Next needs what it was measured to need', () => {
  const { allocated, reserved } = off('qwen3-next', 5);
  assert.ok(allocated <= 0.005, `allocated ${allocated}`);
  assert.ok(reserved <= 0.03, `reserved ${reserved}`);
});

test('its projections are adapted by their own names', () => {
  const arch = modelById('Qwen/Qwen3-Next-80B-A3B')?.arch;
  assert.ok(arch);
  assert.equal(totalParams(shapeOf(arch)), countParams(arch));
  const adapter = {
    rank: 8,
    dropout: 0,
    targets: ['in_proj_qkvz', 'in_proj_ba'],
    rslora: false,
    modulesToSave: [],
    dtype: 'float32' as const,
  };
  const spec = { ...baseSpec({ ...arch, layers: 4 }), method: 'lora' as const, adapter };
  const widths = 3 * 8 * (2 * arch.hiddenSize + 3 * 4096 + 64);
  assert.equal(estimate(spec).trainableParams, widths);
});
