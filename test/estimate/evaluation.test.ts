import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { estimate, fitsWithin } from '../../src-core/estimate/estimate.ts';
import { evaluationPeak } from '../../src-core/estimate/evaluation.ts';
import type { Estimate } from '../../src-core/estimate/result.ts';
import { baseSpec, type EstimateSpec } from '../../src-core/estimate/spec.ts';
import { specOfRecord, type VramRecord } from '../bench/vram-record.ts';
import { root } from '../harness/suite.ts';
import { load, records } from './golden.ts';

interface Run {
  readonly kind: string;
  readonly load: 'float32' | 'bfloat16' | 'float16';
  readonly amp: 'none' | 'bf16' | 'fp16';
  readonly method: 'full' | 'lora';
  readonly eb: number;
  readonly seq: number;
  readonly mask?: boolean;
  readonly train: number;
  readonly evaluate: number;
}

interface Golden {
  readonly shapes: Readonly<
    Record<string, Omit<EstimateSpec['arch'], 'tieWordEmbeddings'> & { tied: boolean }>
  >;
  readonly runs: readonly Run[];
}

const golden: Golden = JSON.parse(
  readFileSync(path.join(root, 'test/golden/evaluation.json'), 'utf8'),
);

const close = (found: number, real: number, share: number, what: string): void => {
  assert.ok(Math.abs(found / real - 1) <= share, `${what}: ${found}, measured ${real}`);
};

/** The highest moment of the training. */
const trained = ({ timeline }: Estimate): number =>
  Math.max(...timeline.map(({ phase, total }) => (phase === 'evaluation' ? 0 : total)));

for (const run of golden.runs) {
  const { kind, load: loadDtype, amp, method, eb, seq, train, evaluate } = run;
  test(`an evaluation needs what was measured: ${kind}, ${method}, ${loadDtype}, autocast ${amp}, ${eb} x ${seq}`, () => {
    const { tied, ...sizes } = golden.shapes[kind] ?? assert.fail(kind);
    const base = baseSpec({ ...sizes, modelType: kind, tieWordEmbeddings: tied });
    const adapter = { rank: 8, dropout: 0, targets: 'all-linear', rslora: false } as const;
    const lora = method === 'lora';
    const found = estimate({
      ...base,
      method,
      loadDtype,
      mixedPrecision: amp,
      trainableDtype: loadDtype,
      adapter: lora ? { ...adapter, modulesToSave: [], dtype: 'float32' } : null,
      microBatch: 1,
      sequenceLength: seq,
      evaluation: eb,
      checkpointing: { mode: 'non-reentrant', everyLayers: 1, offload: false },
    });
    close(evaluationPeak(found)?.total ?? 0, evaluate, 0.0005, 'evaluation');
    close(trained(found), train, 0.001, 'training');
  });
}

/** A record that says what was reserved before the evaluation. */
type Evaluated = VramRecord & { readonly trained_reserved: number };

const evaluated = load('vram-evaluation.json');
const runs = records(evaluated, evaluated.runs) as readonly Evaluated[];
/** All logits are kept, batch after batch: not part of an estimate. */
const keeps = (one: Evaluated): boolean => one.run.metrics === 'all' && !one.run.eval_accumulation;

for (const record of runs.filter((one) => !keeps(one))) {
  test(`an evaluation behind two steps, as estimated before it was measured: ${record.id}`, () => {
    const spec = specOfRecord({ ...record, ok: true });
    const { evaluation: _, ...training } = spec;
    const whole = estimate(spec);
    close(whole.peakAllocated.expected, record.peak_allocated ?? 0, 0.0005, 'allocated');
    close(whole.peakReserved.expected, record.peak_reserved ?? 0, 0.02, 'reserved');
    const before = estimate(training).peakReserved.expected;
    close(before, record.trained_reserved, 0.02, 'reserved by the training');
    assert.equal(trained(whole), estimate(training).peakAllocated.expected);
  });
}

test('metrics of all logits keep them on the card, twice where batches are put together', () => {
  const [one] = runs.filter(keeps);
  const { run, peak_allocated: real = 0 } = one ?? assert.fail();
  const found = estimate(specOfRecord({ ...(one ?? assert.fail()), ok: true }));
  const logits = 4 * Number(run.eval_batch) * Number(run.seq) * 151_936;
  const rest = (evaluationPeak(found)?.total ?? 0) - (10 / 4) * logits;
  close(rest + 2 * Number(run.eval_batches) * logits, real, 0.002, 'three batches');
});

test('eleven of twelve evaluations under a limit run where they are said to', () => {
  const right = (evaluated.limits ?? []).filter(({ id, limit_bytes, ok }) => {
    const record = runs.find((one) => one.id === id) ?? assert.fail(id);
    return fitsWithin(estimate(specOfRecord({ ...record, ok: true })), limit_bytes) === ok;
  });
  assert.ok(right.length >= 11, `${right.length}`);
});

test('the same batch trains in more than it is evaluated in', () => {
  const same = golden.runs.filter(({ eb }) => eb === 1);
  assert.ok(same.length > 0 && same.every(({ train, evaluate }) => train > evaluate));
});
