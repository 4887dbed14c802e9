import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { estimate } from '../../src-core/estimate/estimate.ts';
import { type FitPlan, fit } from '../../src-core/estimate/fit.ts';
import type { FitChange } from '../../src-core/estimate/fit-change.ts';
import { kindOfCost } from '../../src-core/estimate/lever.ts';
import { leversOf } from '../../src-core/estimate/levers.ts';
import { type AdapterSpec, baseSpec, type EstimateSpec } from '../../src-core/estimate/spec.ts';
import { verdict } from '../../src-core/estimate/verdict.ts';
import { findModel } from '../../src-core/facts/lookup.ts';
import { english } from '../../src-core/text/message.ts';

const GIB = 2 ** 30;
/** Bytes that the driver reports of cards sold as 12, 24, 48 and 80 GB. */
const CARDS = { small: 11.99 * GIB, rtx4090: 23.99 * GIB, l40s: 44.99 * GIB, h100: 79.65 * GIB };

const LORA: AdapterSpec = {
  rank: 16,
  dropout: 0.05,
  targets: 'all-linear',
  rslora: false,
  modulesToSave: [],
  dtype: 'float32',
};
const CHECKPOINTS = { mode: 'non-reentrant', everyLayers: 1, offload: false } as const;

function specOf(model: string, change: Partial<EstimateSpec>): EstimateSpec {
  const arch = findModel(model).record?.arch;
  assert.ok(arch !== undefined, model);
  return { ...baseSpec(arch), batching: 'padded', ...change };
}

const lora7B = (change: Partial<EstimateSpec>): EstimateSpec =>
  specOf('Qwen/Qwen2.5-7B-Instruct', {
    method: 'lora',
    adapter: LORA,
    trainableDtype: 'float32',
    ...change,
  });

/** The run with a plan's changes, written down apart from the search. */
function changed(spec: EstimateSpec, changes: readonly FitChange[]): EstimateSpec {
  let now = spec;
  for (const change of changes) now = { ...now, ...changeOf(now, change) };
  return now;
}

function changeOf(spec: EstimateSpec, { field, to }: FitChange): Partial<EstimateSpec> {
  switch (field) {
    case 'maxLength':
      return { sequenceLength: to, rollout: { ...spec.rollout, promptTokens: to / 2 } };
    case 'gradientCheckpointing':
      return { checkpointing: CHECKPOINTS };
    case 'liger':
      return { liger: to, lossKernel: 'fused' };
    case 'quantization':
      return { quantization: { method: 'bnb', bits: 4, type: to, ...NF4 } };
    case 'method':
      return { method: to, adapter: LORA, trainableDtype: 'float32' };
    case 'lora.targets':
      return { adapter: { ...(spec.adapter ?? LORA), targets: to } };
    case 'parallel.zeroStage':
      return { parallel: { ...spec.parallel, engine: 'deepspeed', zeroStage: to } };
    default:
      return { [field]: to };
  }
}
const NF4 = { doubleQuant: true, computeDtype: 'bfloat16', kbitPrepare: false } as const;

const fields = ({ changes }: FitPlan): string =>
  changes
    .map(({ field }) => field)
    .filter((field) => field !== 'gradientAccumulation')
    .join(' ');

const SPREAD = { world: 4, engine: 'deepspeed', zeroStage: 1 } as const;

/** Runs of many kinds, and a card that each is too large for. */
const RUNS: readonly (readonly [string, EstimateSpec, number])[] = [
  ['long LoRA', lora7B({ microBatch: 4, sequenceLength: 8192 }), CARDS.rtx4090],
  ['LoRA with checkpoints', lora7B({ microBatch: 4, checkpointing: CHECKPOINTS }), CARDS.rtx4090],
  ['LoRA, batch of 6', lora7B({ microBatch: 6, checkpointing: CHECKPOINTS }), CARDS.rtx4090],
  ['LoRA, small card', lora7B({ microBatch: 1 }), CARDS.small],
  ['DPO', lora7B({ stage: 'dpo', trainer: 'trl', microBatch: 2 }), CARDS.rtx4090],
  [
    'full 1.5B',
    specOf('Qwen/Qwen2.5-1.5B-Instruct', { microBatch: 4, sequenceLength: 2048 }),
    CARDS.rtx4090,
  ],
  [
    'full 7B',
    specOf('Qwen/Qwen2.5-7B-Instruct', { microBatch: 1, checkpointing: CHECKPOINTS }),
    CARDS.l40s,
  ],
  [
    'full 8B in fp32',
    specOf('meta-llama/Llama-3.1-8B', { microBatch: 2, trainableDtype: 'float32' }),
    CARDS.h100,
  ],
  [
    'OPT, no Liger',
    specOf('facebook/opt-1.3b', { microBatch: 16, sequenceLength: 2048 }),
    CARDS.rtx4090,
  ],
  [
    'ZeRO',
    specOf('Qwen/Qwen2.5-7B-Instruct', {
      microBatch: 1,
      masterWeights: true,
      checkpointing: CHECKPOINTS,
      parallel: { ...baseSpec(specOf('Qwen/Qwen2.5-7B', {}).arch).parallel, ...SPREAD },
    }),
    CARDS.l40s,
  ],
];

describe('what would fit', () => {
  for (const [name, spec, memory] of RUNS) {
    const plans = fit(spec, memory);

    it(`${name}: something is offered, each plan fits by an estimate of its own`, () => {
      assert.ok(verdict(estimate(spec), memory).kind !== 'fits');
      assert.ok(plans.length > 0 && plans.length <= 5);
      for (const plan of plans) {
        const fresh = verdict(estimate(changed(spec, plan.changes)), memory).kind;
        assert.equal(fresh, plan.tight ? 'tight' : 'fits', english(plan.title));
      }
    });

    it(`${name}: plans come in order of cost, tight ones before any with room`, () => {
      const costs = plans.map(({ cost }) => cost);
      assert.deepEqual(
        costs,
        [...costs].sort((a, b) => a - b),
      );
      const roomy = plans.findIndex(({ tight }) => !tight);
      assert.ok(roomy < 0 || plans.slice(roomy).every(({ tight }) => !tight));
    });

    it(`${name}: no change of a plan is needless, and none changes nothing`, () => {
      for (const plan of plans)
        for (const part of partsOf(plan)) {
          const rest = plan.changes.filter((one) => !part.includes(one));
          const { kind } = verdict(estimate(changed(spec, rest)), memory);
          const needless = kind === 'fits' || (kind === 'tight' && plan.tight);
          assert.ok(!needless, `${english(plan.title)} without ${part[0]?.field}`);
        }
    });

    it(`${name}: the global batch stays`, () => {
      for (const plan of plans) {
        const after = changed(spec, plan.changes);
        assert.equal(
          after.microBatch * after.gradientAccumulation,
          spec.microBatch * spec.gradientAccumulation,
        );
      }
    });
  }

  it('costs twelve whole estimates at most, beside that of the run', () => {
    for (const [name, spec, memory] of RUNS) {
      let made = 0;
      fit(spec, memory, {
        whole: (one) => {
          made += 1;
          return estimate(one);
        },
      });
      assert.ok(made <= 13, `${name}: ${made}`);
    }
  });
});

/** The changes of a plan, those together that one lever makes. */
function partsOf({ changes }: FitPlan): readonly (readonly FitChange[])[] {
  const isBatch = ({ field }: FitChange) =>
    field === 'microBatch' || field === 'gradientAccumulation';
  const batch = changes.filter(isBatch);
  const others = changes.filter((one) => !isBatch(one)).map((one) => [one]);
  return batch.length > 0 ? [batch, ...others] : others;
}

/** Each run's plans by what they change, in order; what they say of the run is tested above. */
const ORDER: Readonly<Record<string, readonly string[]>> = {
  'long LoRA': [
    'microBatch gradientCheckpointing liger',
    'maxLength microBatch gradientCheckpointing',
    'maxLength gradientCheckpointing liger',
  ],
  'LoRA with checkpoints': ['microBatch', 'liger', 'quantization', 'maxLength'],
  'LoRA, small card': [
    'quantization gradientCheckpointing',
    'maxLength quantization liger',
    'lora.targets quantization liger',
  ],
  DPO: [
    'microBatch gradientCheckpointing',
    'quantization gradientCheckpointing',
    'maxLength gradientCheckpointing',
  ],
  'full 7B': ['optimizer', 'method'],
  'OPT, no Liger': ['microBatch'],
  ZeRO: ['parallel.zeroStage', 'optimizer parallel.zeroStage', 'method'],
};

describe('the order of plans', () => {
  for (const [name, expected] of Object.entries(ORDER))
    it(`${name}: ${expected.join(', then ')}`, () => {
      const run = RUNS.find(([one]) => one === name);
      assert.ok(run);
      assert.deepEqual(fit(run[1], run[2]).map(fields), expected);
    });

  it('the same training comes before slower, other numerics, other data, another method', () => {
    const full = specOf('Qwen/Qwen2.5-7B-Instruct', { microBatch: 4, sequenceLength: 4096 });
    const kindOf = (slot: string) => {
      const lever = leversOf(full).find((one) => one.slot === slot);
      assert.ok(lever, slot);
      return kindOfCost(lever.cost);
    };
    const slots = ['batch', 'checkpointing', 'liger', 'shards', 'quantization', 'length', 'method'];
    assert.deepEqual(slots.map(kindOf), [0, 0, 0, 1, 2, 3, 4]);
  });

  it('nothing is offered for a run that fits, nor for one that no change makes fit', () => {
    assert.deepEqual(fit(lora7B({ microBatch: 1, sequenceLength: 512 }), CARDS.h100), []);
    assert.deepEqual(fit(lora7B({ microBatch: 1 }), 2 * GIB), []);
  });

  it('Liger is no way for models that it does not know, nor LoRA on two modules for other names', () => {
    const neox = specOf('EleutherAI/pythia-1.4b', { method: 'lora', adapter: LORA });
    const can = leversOf(neox).filter((lever) => lever.apply(neox) !== undefined);
    const slots = can.map(({ slot }) => slot);
    assert.ok(slots.includes('quantization') && slots.includes('checkpointing'));
    assert.ok(!slots.includes('liger') && !slots.includes('targets'));
  });
});
