import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { estimate } from '../../src-core/estimate/estimate.ts';
import { fit } from '../../src-core/estimate/fit.ts';
import { bytesOf } from '../../src-core/estimate/moments.ts';
import { baseSpec, type EstimateSpec, type VllmSpec } from '../../src-core/estimate/spec.ts';
import { verdict } from '../../src-core/estimate/verdict.ts';
import { findModel } from '../../src-core/facts/lookup.ts';
import { english } from '../../src-core/text/message.ts';
import { LORA } from '../harness/lora.ts';

const CARD = 80 * 2 ** 30;

const VLLM: VllmSpec = {
  weightBytes: 2,
  tensor: 1,
  claim: { share: 0.5, card: CARD },
  sleeps: false,
  offloadModel: false,
  offloadOptimizer: false,
};

const claiming = (share: number): Pick<VllmSpec, 'claim'> => ({ claim: { share, card: CARD } });

function policy(change: Partial<EstimateSpec> = {}): EstimateSpec {
  const arch = findModel('Qwen/Qwen2.5-7B-Instruct').record?.arch;
  assert.ok(arch !== undefined);
  const adapter = { ...LORA, rank: 16 };
  const base = { ...baseSpec(arch), method: 'lora', adapter, trainableDtype: 'float32' } as const;
  const checkpointing = { mode: 'non-reentrant', everyLayers: 1, offload: false } as const;
  return { ...base, ...change, checkpointing, microBatch: 4, sequenceLength: 2048 };
}

const withVllm = (change: Partial<VllmSpec> = {}): EstimateSpec =>
  policy({ vllm: { ...VLLM, ...change } });

describe('frozen models beside the one that trains', () => {
  it('are there at every moment, and divided where weights are', () => {
    const others = 1e10;
    const alone = estimate(policy());
    const beside = estimate(policy({ others }));
    assert.equal(beside.peakAllocated.expected, alone.peakAllocated.expected + others);
    for (const { components } of beside.timeline)
      assert.equal(bytesOf(components, 'other models'), others);
    const parallel = { ...policy().parallel, world: 4, engine: 'deepspeed', zeroStage: 3 } as const;
    const { components } = estimate(policy({ others, parallel }));
    assert.equal(bytesOf(components, 'other models'), others / 4);
  });
});

describe('vLLM in the training process', () => {
  const alone = estimate(policy());
  const weights = 2 * alone.totalParams;

  it('holds all that it claims at every moment, and its weights at least', () => {
    const beside = estimate(withVllm());
    const claim = CARD / 2;
    assert.equal(beside.peakAllocated.expected, alone.peakAllocated.expected + claim);
    assert.equal(beside.peakReserved.high, alone.peakReserved.high + claim);
    assert.equal(beside.device.expected, alone.device.expected + claim);
    assert.ok(beside.peakAllocated.low - alone.peakAllocated.low <= weights);
    assert.ok(beside.peakAllocated.low - alone.peakAllocated.low > weights * 0.95);
    for (const { total, components } of beside.timeline) {
      assert.equal(bytesOf(components, 'vLLM'), claim);
      assert.equal(
        total,
        components.reduce((sum, { bytes }) => sum + bytes, 0),
      );
    }
  });

  it('is only its weights, over its cards, where its claim is not known', () => {
    const { claim: _, ...unknown } = VLLM;
    const beside = estimate(policy({ vllm: { ...unknown, tensor: 2 } }));
    assert.equal(beside.peakAllocated.expected, alone.peakAllocated.expected + weights / 2);
    assert.equal(beside.start, undefined);
  });

  it('asleep has its memory beside what rests, or the training needs more', () => {
    const little = estimate(withVllm({ sleeps: true, ...claiming(0.18) }));
    assert.equal(little.peakAllocated.expected, alone.peakAllocated.expected);
    const much = estimate(withVllm({ sleeps: true, ...claiming(0.7) }));
    assert.equal(much.peakPhase, 'generate');
    const names = much.components.map(({ component }) => component);
    assert.deepEqual(names, ['vLLM', 'weights', 'optimizer states', 'adapters']);
    const away = estimate(withVllm({ sleeps: true, offloadModel: true, ...claiming(0.7) }));
    assert.deepEqual(
      away.components.map(({ component }) => component),
      ['vLLM', 'optimizer states'],
    );
  });

  it('starts within its claim, and beside the weights that are there', () => {
    const started = (change: Partial<VllmSpec>) => verdict(estimate(withVllm(change)), CARD).start;
    assert.equal(started(claiming(0.1)), 'weights');
    assert.equal(started(claiming(0.5)), undefined);
    assert.equal(started(claiming(0.9)), 'room');
    assert.equal(started({ ...claiming(0.9), sleeps: true }), 'room');
    assert.equal(started({ ...claiming(0.9), offloadModel: true }), undefined);
    assert.equal(started({ ...claiming(0.1), tensor: 2 }), undefined);
  });

  it('is offered a share that leaves room, and sleep', () => {
    const titles = (change: Partial<VllmSpec>) =>
      fit(withVllm(change), CARD).map(({ title }) => english(title));
    assert.ok(titles(claiming(0.9)).includes('let vLLM take 0.5 of the card'));
    const both = titles(claiming(0.75));
    assert.ok(both.includes('let vLLM sleep while the model trains'), both.join());
    assert.ok(titles(claiming(0.1)).includes('let vLLM take 0.3 of the card'));
  });
});
