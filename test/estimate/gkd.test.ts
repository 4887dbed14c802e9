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

test("TRL's GKD needs what it was measured to need, with and without a mixture", () => {
  const s = summarize(compared.map(allocatedError).filter((e) => e !== undefined));
  assert.equal(s.count, 9);
  assert.ok(s.median <= 0.003, `median ${s.median}`);
  assert.ok(s.max <= 0.011, `max ${s.max}`);
});
