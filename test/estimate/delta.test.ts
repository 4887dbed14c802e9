import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimate } from '../../src-core/estimate/estimate.ts';
import { baseSpec, type EstimateSpec } from '../../src-core/estimate/spec.ts';
import { modelById } from '../../src-core/facts/models/models.ts';
import { countParams } from '../../src-core/facts/params.ts';
import { analyze } from '../../src-core/index.ts';
import {
  allocatedError,
  type Compared,
  compare,
  reservedError,
  summarize,
} from '../bench/vram-bench.ts';
import type { VramRecord } from '../bench/vram-record.ts';
import { LORA } from '../harness/lora.ts';
import { errors, load, records } from './golden.ts';

const golden = load('vram-delta.json');
const compared = compare(
  records(golden, golden.runs).map((one) => ({ ...one, clean_reserved: true })),
);
const those = (which: (record: VramRecord) => boolean): readonly Compared[] =>
  compared.filter(({ record }) => which(record));

const isBlind = ({ id }: VramRecord): boolean => /^[vm]/.test(id);

for (const fla of [true, false]) {
  const of = (record: VramRecord): boolean => record.run.fla === fla && !isBlind(record);
  test(`Qwen3.5 needs what it was measured to need, flash-linear-attention: ${fla}`, () => {
    const allocated = summarize(errors(those(of), allocatedError));
    assert.equal(allocated.count, 15);
    assert.ok(allocated.median <= 0.0002, `median ${allocated.median}`);
    assert.ok(allocated.max <= 0.0025, `max ${allocated.max}`);
    const reserved = summarize(errors(those(of), reservedError));
    assert.ok(reserved.median <= 0.004, `reserved median ${reserved.median}`);
    assert.ok(reserved.max <= 0.02, `reserved max ${reserved.max}`);
  });
}

test('with a small vocabulary, where the layers are the peak, it was foretold', () => {
  const allocated = summarize(
    errors(
      those(({ id }) => id.startsWith('v')),
      allocatedError,
    ),
  );
  assert.equal(allocated.count, 9);
  assert.ok(allocated.median <= 0.002, `median ${allocated.median}`);
  assert.ok(allocated.max <= 0.012, `max ${allocated.max}`);
});

test('with experts it was foretold', () => {
  const allocated = summarize(
    errors(
      those(({ id }) => id.startsWith('m')),
      allocatedError,
    ),
  );
  assert.equal(allocated.count, 5);
  assert.ok(allocated.max <= 0.002, `max ${allocated.max}`);
});

const SMALL = modelById('Qwen/Qwen3.5-0.8B')?.arch;

/** The text decoder of Qwen3.5-0.8B, with so many layers. */
function qwen(layers: number): EstimateSpec {
  assert.ok(SMALL);
  const { vision: _, ...arch } = { ...SMALL, layers };
  return { ...baseSpec(arch), microBatch: 1, method: 'lora', adapter: LORA };
}

test('where it is not known, flash-linear-attention is expected, and the high end is without it', () => {
  const spec = qwen(24);
  const either = estimate(spec);
  const fused = estimate({ ...spec, deltaRule: 'fused' });
  const plain = estimate({ ...spec, deltaRule: 'plain' });
  assert.deepEqual(either.peakAllocated, {
    ...fused.peakAllocated,
    high: plain.peakAllocated.high,
  });
  assert.deepEqual(either.device, { ...fused.device, high: plain.device.high });
  assert.equal(either.assumptions.length, fused.assumptions.length + 1);
});

test('units of four layers that repeat need as much more as those that are acted out', () => {
  for (const deltaRule of ['fused', 'plain'] as const) {
    const [four, five, six, seven] = [16, 20, 24, 28].map((layers) => {
      const { peakAllocated, totalParams: total } = estimate({ ...qwen(layers), deltaRule });
      return { peak: peakAllocated.expected, total };
    });
    assert.ok(four && five && six && seven);
    // Blocks that are not split count with up to 1 MiB too much each.
    const step = five.peak - four.peak;
    for (const other of [six.peak - five.peak, seven.peak - six.peak])
      assert.ok(Math.abs(other / step - 1) < 0.03, `${other} ${step}`);
    assert.equal(seven.total - six.total, five.total - four.total);
  }
});

test('layers that make no whole unit are counted, and named by their number', () => {
  const spec = { ...qwen(22), deltaRule: 'fused' as const };
  assert.equal(estimate(spec).totalParams, countParams(spec.arch));
  const checkpointing = { mode: 'non-reentrant' as const, everyLayers: 1, offload: false };
  const small = { ...spec, arch: { ...spec.arch, vocabSize: 1000 }, checkpointing };
  const { peakOp, peakPhase } = estimate(small);
  assert.equal(peakPhase, 'backward');
  assert.match(peakOp, /^layers\.2[01]\./);
});

test('the closed form meets the estimate', () => {
  const recomputed = { mode: 'non-reentrant' as const, everyLayers: 1, offload: false };
  const spec = { ...qwen(24), deltaRule: 'fused' as const };
  const specs: readonly EstimateSpec[] = [
    spec,
    { ...spec, checkpointing: recomputed },
    { ...spec, method: 'full', adapter: null },
    { ...spec, method: 'full', adapter: null, checkpointing: recomputed },
  ];
  for (const one of specs) {
    const { peakAllocated, closedForm } = estimate(one);
    assert.ok(Math.abs(closedForm / peakAllocated.expected - 1) < 0.011, JSON.stringify(one));
  }
});

test('adapters are beside the projections of gated delta nets, by name and all of them', () => {
  const trained = (targets: 'all-linear' | readonly string[]): number =>
    estimate({ ...qwen(4), adapter: { ...LORA, targets } }).trainableParams;
  const { hiddenSize, intermediateSize } = qwen(4).arch;
  assert.equal(trained(['q_proj']), 8 * (hiddenSize + 2 * 8 * 256));
  assert.equal(trained(['in_proj_qkv']), 3 * 8 * (hiddenSize + 3 * 2048));
  const delta = 5 * hiddenSize + 3 * 2048 + 2 * 2048 + 2 * 16;
  const attention = 4 * hiddenSize + 3 * 2048 + 2 * 512;
  const mlp = 3 * (hiddenSize + intermediateSize);
  assert.equal(trained('all-linear'), 8 * (3 * delta + attention + 4 * mlp));
});

test('packed samples need flash-linear-attention in ms-swift, others do not', () => {
  const assumed = (more: string): boolean => {
    const text = `swift sft --model Qwen/Qwen3.5-4B --dataset a --tuner_type lora ${more}\n`;
    const [run] = analyze({ file: { path: 'a.sh', language: 'shell', text }, settings: {} }).runs;
    const assumptions = run?.numbers.estimate()?.assumptions ?? [];
    assert.ok(assumptions.length > 0);
    return assumptions.some((one) => `${one}`.startsWith('flash-linear-attention is installed'));
  };
  assert.equal(assumed('--max_length 2048'), true);
  assert.equal(assumed('--max_length 2048 --packing true'), false);
});
