import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimate, fitsWithin } from '../../src-core/estimate/estimate.ts';
import { allocatedError, compare, reservedError, summarize } from '../bench/vram-bench.ts';
import { specOfRecord } from '../bench/vram-record.ts';
import { errors, load, records } from './golden.ts';

const golden = load('vram-turns.json');
const list = records(golden, golden.runs).map((one) => ({
  ...one,
  ok: true,
  clean_reserved: true,
}));

test('72 runs under a limit near where the verdict turns run where they are said to', () => {
  const estimates = new Map(list.map((one) => [one.id, estimate(specOfRecord(one))]));
  const limits = golden.limits ?? [];
  assert.equal(limits.length, 72);
  assert.equal(limits.filter(({ ok }) => ok).length, 35);
  const wrong = limits.filter(({ id, limit_bytes, ok }) => {
    const found = estimates.get(id) ?? assert.fail(id);
    return fitsWithin(found, limit_bytes) !== ok;
  });
  assert.deepEqual(wrong, []);
});

test('without a limit they need what is estimated', () => {
  const runs = compare(list, false);
  const allocated = summarize(errors(runs, allocatedError));
  assert.equal(allocated.count, 36);
  assert.ok(allocated.median <= 0.0002, `allocated ${allocated.median}`);
  assert.ok(allocated.max <= 0.02, `allocated ${allocated.max}`);
  const reserved = summarize(errors(runs, reservedError));
  assert.ok(reserved.median <= 0.002, `reserved ${reserved.median}`);
  assert.ok(reserved.max <= 0.054, `reserved ${reserved.max}`);
});

test("Phi-3's attention is turned round without checkpoints", () => {
  const plain = list.filter(({ run }) => run.model === 'phi3-9l' && run.gc !== true);
  assert.equal(plain.length, 2);
  for (const error of errors(compare(plain, false), allocatedError))
    assert.ok(Math.abs(error) < 0.0001, `${error}`);
});
