import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimate } from '../../src-core/estimate/estimate.ts';
import { baseSpec, type EstimateSpec } from '../../src-core/estimate/spec.ts';
import type { ArchSpec } from '../../src-core/facts/model.ts';

const LLAMA_3B: ArchSpec = {
  modelType: 'llama',
  hiddenSize: 3072,
  intermediateSize: 8192,
  layers: 28,
  heads: 24,
  kvHeads: 8,
  headDim: 128,
  vocabSize: 128_256,
  tieWordEmbeddings: true,
};

/** The settings of torchtune's table "Optimization flags" (README.md), each on top of those before. */
const PACKED: EstimateSpec = {
  ...baseSpec(LLAMA_3B),
  trainer: 'transformers',
  mixedPrecision: 'none',
  optimizer: 'adamw_torch_fused',
  microBatch: 2,
  sequenceLength: 4096,
  batching: 'packed',
};
const COMPILED: EstimateSpec = { ...PACKED, compiled: true };
const CHUNKED: EstimateSpec = { ...COMPILED, lossKernel: 'chunked' };
const CHECKPOINTS: EstimateSpec = {
  ...CHUNKED,
  checkpointing: { mode: 'non-reentrant', everyLayers: 1, offload: false },
};
const IN_BACKWARD: EstimateSpec = { ...CHECKPOINTS, optimizer: 'adamw_torch_fused_layerwise' };

const GIB = 2 ** 30;

/** What the table says is active at most, in GiB, on an A100. */
const ROWS: readonly (readonly [name: string, spec: EstimateSpec, active: number])[] = [
  ['packed', PACKED, 60],
  ['compiled', COMPILED, 51],
  ['loss in chunks', CHUNKED, 42.9],
  ['checkpoints', CHECKPOINTS, 24.9],
  ['optimizer in the backward pass', IN_BACKWARD, 23.1],
];

for (const [name, spec, active] of ROWS)
  test(`torchtune's table for Llama 3.2 3B: ${name}`, () => {
    const { low, high, expected } = estimate(spec).peakAllocated;
    // Its chunks of logits are made at once, which is not counted.
    const late = spec === IN_BACKWARD ? 0.06 * active * GIB : 0;
    if (spec.compiled)
      assert.ok(active * GIB >= low && active * GIB <= high + late, `${low} to ${high}`);
    else assert.ok(Math.abs(expected / GIB / active - 1) < 0.03, `${expected}`);
  });

test('a weight that has an optimizer of its own is stepped with temporaries of its own', () => {
  const plain: EstimateSpec = { ...CHECKPOINTS, compiled: false, optimizer: 'adamw_torch' };
  const alone = { ...plain, optimizer: 'adamw_torch_layerwise' };
  const weights = 2 * estimate(plain).totalParams;
  const phase = (spec: EstimateSpec) =>
    estimate(spec).timeline.find((one) => one.phase === 'optimizer' && one.step === 2)?.total ?? 0;
  // Neither all gradients nor a temporary for each of them.
  assert.ok(phase(plain) - phase(alone) > 1.9 * weights - 2 * 2 * 128_256 * 3072);
});
