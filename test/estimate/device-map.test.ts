import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { cardsOf } from '../../src-core/estimate/device-map.ts';
import { estimate } from '../../src-core/estimate/estimate.ts';
import { type ConfigJson, specOfRecord } from '../bench/vram-record.ts';

interface MapRun {
  readonly id: string;
  readonly run: ConfigJson;
  readonly cards: readonly {
    readonly layers: number;
    readonly embeds: boolean;
    readonly head: boolean;
  }[];
  readonly ranks: readonly number[];
  readonly reserved: readonly number[];
}

interface Golden {
  /** A model, and the layers of each card. */
  readonly placed: readonly (readonly [string, string])[];
  readonly archs: Readonly<Record<string, ConfigJson>>;
  readonly defaults: ConfigJson;
  readonly runs: readonly MapRun[];
}

const load = (name: string): Golden =>
  JSON.parse(readFileSync(new URL(`../golden/${name}`, import.meta.url), 'utf8')) as Golden;

const { defaults, runs, placed, archs: larger } = load('vram-map.json');
const { archs } = load('vram-runs.json');
const rows = runs.map((row) => ({
  ...row,
  spec: specOfRecord({
    id: row.id,
    ok: true,
    run: { ...defaults, ...row.run, arch: archs[String(row.run.model)] ?? {} },
  }),
}));

test('`device_map="auto"` puts each layer where it was measured to be', () => {
  assert.equal(rows.length, 20);
  for (const { id, cards, spec } of rows) {
    const found = cardsOf(spec).map(({ layers, embeds, head }) => ({ layers, embeds, head }));
    assert.deepEqual(found, cards, id);
  }
});

test('it does so for larger models and up to eight cards, as transformers places them', () => {
  for (const [name, cards] of placed) {
    const spec = specOfRecord({
      id: name,
      ok: true,
      run: { ...defaults, arch: larger[name] ?? {} },
    });
    const pipeline = cards.split(' ').length;
    const found = cardsOf({ ...spec, parallel: { ...spec.parallel, pipeline } });
    const text = found.map(({ layers, embeds, head }) =>
      [layers, embeds ? 'E' : '', head ? 'H' : ''].join(''),
    );
    assert.equal(text.join(' '), cards, name);
  }
});

test('the fullest card of a spread model holds what was measured', () => {
  const errors = rows.map(({ spec, ranks }) =>
    Math.abs(estimate(spec).peakAllocated.expected / Math.max(...ranks) - 1),
  );
  assert.ok(Math.max(...errors) <= 0.013, `${errors}`);
});

test('what it reserved lies in the interval, or is what it had no need of', () => {
  for (const { id, spec, reserved } of rows) {
    const { low, high } = estimate(spec).peakReserved;
    const most = Math.max(...reserved);
    assert.ok(low * 0.98 <= most && most <= high * 1.05, id);
  }
});

test('four cards take no more each than two, and more than a quarter of one', () => {
  // A 4-bit model on one card takes the batches of all.
  for (const { id, spec } of rows.filter(({ cards }) => cards.every(({ layers }) => layers > 0))) {
    const on = (pipeline: number) =>
      estimate({ ...spec, parallel: { ...spec.parallel, pipeline } }).peakAllocated.expected;
    assert.ok(on(4) <= on(2) * 1.01 && on(2) <= on(1) && on(4) > on(1) / 4, id);
  }
});
