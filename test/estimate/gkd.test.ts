import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { allocatedError, compare, summarize } from '../bench/vram-bench.ts';
import type { ConfigJson, VramRecord } from '../bench/vram-record.ts';

interface Golden {
  readonly archs: Readonly<Record<string, ConfigJson>>;
  readonly defaults: ConfigJson;
  readonly runs: readonly VramRecord[];
}

const load = (name: string): Golden =>
  JSON.parse(readFileSync(new URL(`../golden/${name}`, import.meta.url), 'utf8')) as Golden;

const { defaults, runs } = load('vram-gkd.json');
const { archs } = load('vram-runs.json');
const compared = compare(
  runs.map((row) => ({
    ...row,
    run: { ...defaults, ...row.run, arch: archs[String(row.run.model)] ?? {} },
  })),
);
/** `beta` of 0 and 1 compare with one of the two models, not with their mixture. */
const mixed = compared.filter(({ record }) => record.run.beta === undefined);

test("TRL's GKD needs what it was measured to need", () => {
  const s = summarize(mixed.map(allocatedError).filter((e) => e !== undefined));
  assert.equal(s.count, 8);
  assert.ok(s.median <= 0.003, `median ${s.median}`);
  assert.ok(s.max <= 0.007, `max ${s.max}`);
});

test('without a mixture it needs less than is expected', () => {
  const [other, ...more] = compared.filter((one) => !mixed.includes(one));
  assert.ok(other !== undefined && more.length === 0);
  const error = allocatedError(other) ?? 0;
  assert.ok(error > 0 && error < 0.34, `${error}`);
});
