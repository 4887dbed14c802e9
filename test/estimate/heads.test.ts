import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allocatedError, compare, reservedError, summarize } from '../bench/vram-bench.ts';
import { errors, load, records } from './golden.ts';

const golden = load('vram-heads.json');
const all = compare(
  records(golden, golden.runs).map((one) => ({ ...one, ok: true, clean_reserved: true })),
  false,
);
const of = (pattern: RegExp) => all.filter(({ record }) => pattern.test(record.id));

test('classifiers need what was estimated before they were measured', () => {
  const runs = of(/^cls-/);
  assert.equal(runs.length, 7);
  assert.ok(summarize(errors(runs, allocatedError)).max < 0.003);
  assert.ok(summarize(errors(runs, reservedError)).max < 0.006);
});

test('grouped experts need what was estimated, with the logits of routers or without', () => {
  const runs = of(/^(?:g-|aux-)/);
  assert.equal(runs.length, 10);
  assert.ok(summarize(errors(runs, allocatedError)).max < 0.005);
  assert.ok(summarize(errors(runs, reservedError)).max < 0.015);
});

test('balancing the experts of 24 narrow layers takes no more than a thirtieth', () => {
  const runs = of(/^(?:deep-aux|mixaux|olmoaux|q2aux)/);
  assert.equal(runs.length, 8);
  for (const error of errors(runs, allocatedError)) assert.ok(error > -0.033 && error < 0.001);
});
