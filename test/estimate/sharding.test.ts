import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimate } from '../../src-core/estimate/estimate.ts';
import { baseSpec, type EstimateSpec, type ParallelSpec } from '../../src-core/estimate/spec.ts';
import { findModel } from '../../src-core/facts/lookup.ts';
import { analyze } from '../../src-core/index.ts';

const arch = findModel('Qwen/Qwen2.5-7B').record?.arch;
assert.ok(arch);
const base = baseSpec(arch);

/** Full fine-tuning in bf16 with fp32 master weights: what ZeRO divides in its paper. */
function full(parallel: Partial<ParallelSpec>): EstimateSpec {
  return {
    ...base,
    method: 'full',
    adapter: null,
    loadDtype: 'bfloat16',
    trainableDtype: 'bfloat16',
    mixedPrecision: 'bf16',
    masterWeights: true,
    sequenceLength: 512,
    microBatch: 1,
    checkpointing: { mode: 'non-reentrant', everyLayers: 1, offload: false },
    parallel: { ...base.parallel, ...parallel },
  };
}

const peak = (parallel: Partial<ParallelSpec>) => estimate(full(parallel)).peakAllocated.expected;
const holds = (parallel: Partial<ParallelSpec>, component: string, phase = 'optimizer') =>
  estimate(full(parallel))
    .timeline.filter((sample) => sample.phase === phase)
    .flatMap((sample) => sample.components)
    .filter((share) => share.component === component)
    .reduce((most, share) => Math.max(most, share.bytes), 0);

test('one process with DeepSpeed holds all of its states', () => {
  const one = holds({ engine: 'deepspeed', zeroStage: 2, world: 1 }, 'optimizer states');
  assert.equal(one, holds({}, 'optimizer states'));
});

test('each ZeRO stage holds less than the one before, and divides what it says', () => {
  const stages = ([1, 2, 3] as const).map((zeroStage) => ({
    engine: 'deepspeed' as const,
    zeroStage,
    world: 8,
  }));
  const peaks = stages.map(peak);
  assert.ok(
    peaks.every((bytes, i) => i === 0 || bytes < (peaks[i - 1] ?? 0)),
    String(peaks),
  );
  const whole = { states: holds({}, 'optimizer states'), weights: holds({}, 'weights') };
  for (const stage of stages) {
    const states = holds(stage, 'optimizer states');
    assert.ok(Math.abs(states - whole.states / 8) < 8, `stage ${stage.zeroStage}`);
    const weights = holds(stage, 'weights');
    const expected = stage.zeroStage === 3 ? whole.weights / 8 : whole.weights;
    assert.ok(Math.abs(weights - expected) < 8, `stage ${stage.zeroStage}`);
  }
});

test('offloading leaves no states on the card', () => {
  const offloaded = {
    engine: 'deepspeed',
    zeroStage: 2,
    world: 2,
    offloadOptimizer: true,
  } as const;
  assert.equal(holds(offloaded, 'optimizer states'), 0);
  assert.ok(peak(offloaded) < peak({ ...offloaded, offloadOptimizer: false }));
});

test('plain data parallel divides nothing and keeps gradients twice', () => {
  assert.ok(peak({ world: 2 }) > peak({}));
});

test('FSDP divides weights, gradients and states, and gathers two layers', () => {
  const fsdp = { engine: 'fsdp2', world: 8 } as const;
  assert.ok(peak(fsdp) < peak({ engine: 'deepspeed', zeroStage: 1, world: 8 }));
  assert.ok(holds(fsdp, 'buffers', 'forward') > 0);
});

test('the components of every phase add up to its total', () => {
  for (const sample of estimate(full({ engine: 'deepspeed', zeroStage: 3, world: 4 })).timeline) {
    const sum = sample.components.reduce((total, share) => total + share.bytes, 0);
    assert.equal(sum, sample.total);
  }
});

test('sequence parallelism divides what grows with the sequence', () => {
  const one = holds({}, 'logits', 'loss');
  const eight = holds({ sequence: 8 }, 'logits', 'loss');
  assert.ok(one > 0);
  assert.ok(Math.abs(eight - one / 8) < 8);
});

test('ZeRO-3 steps a sub-group at a time, ZeRO-2 its whole share; one process has buffers, too', () => {
  const P = estimate(full({})).trainableParams;
  const step = (zeroStage: 2 | 3, world: number) =>
    holds({ engine: 'deepspeed', zeroStage, world }, 'buffers') -
    holds({ engine: 'deepspeed', zeroStage, world, offloadOptimizer: true }, 'buffers');
  // Through which gradients go to the host with stage 2.
  const passage = 2 * arch.vocabSize * arch.hiddenSize;
  // Less the temporaries of the optimizer, which come when the flattened gradients are gone.
  const near = (bytes: number, expected: number) => Math.abs(bytes - expected) < 2e8;
  assert.ok(near(step(3, 2), 6e9));
  assert.ok(near(step(2, 2) + passage, 3 * P));
  assert.ok(near(step(2, 1) + passage, 6 * P));
});

test('gradients of ZeRO-3 lie in a flat tensor from the start; offloaded ones on the host', () => {
  const P = estimate(full({})).trainableParams;
  const zero3 = { engine: 'deepspeed', zeroStage: 3, world: 4 } as const;
  assert.ok(Math.abs(holds(zero3, 'gradients', 'forward') - P / 2) < 10);
  assert.equal(holds({ ...zero3, offloadOptimizer: true }, 'gradients', 'backward'), 0);
});

test('over how many GPUs a run is divided is said to be taken where nothing tells', () => {
  const text =
    'model_name_or_path: Qwen/Qwen2-7B\nstage: sft\ndo_train: true\nfinetuning_type: full\n';
  const more =
    'template: qwen\ndataset: x\noutput_dir: o\nbf16: true\ndeepspeed: ds_z3_config.json\n';
  const zero = '{"zero_optimization": {"stage": 3}, "bf16": {"enabled": true}}';
  const taken = (gpus?: number): boolean => {
    const file = { path: 'a.yaml', language: 'yaml' as const, text: text + more };
    const files = new Map([['ds_z3_config.json', zero]]);
    const settings = gpus === undefined ? {} : { gpus };
    const [run] = analyze({ file, files, settings }).runs;
    const assumptions = run?.numbers.estimate()?.assumptions ?? [];
    return assumptions.some((one) => `${one}`.startsWith('over how many GPUs'));
  };
  assert.equal(taken(), true);
  assert.equal(taken(8), false);
});
