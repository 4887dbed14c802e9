import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimate, fitsWithin } from '../../src-core/estimate/estimate.ts';
import { baseSpec, type EstimateSpec } from '../../src-core/estimate/spec.ts';
import { closedForm } from '../../src-core/estimate/terms/closed-form.ts';
import { OPTIMIZER_NAMES } from '../../src-core/estimate/terms/optimizers.ts';
import { type Trace, trace } from '../../src-core/estimate/trace.ts';
import { verdict } from '../../src-core/estimate/verdict.ts';
import type { ArchSpec } from '../../src-core/facts/model.ts';
import { draws } from './draws.ts';
import { eventByEvent, phasePeaks } from './reference.ts';

const LLAMA: ArchSpec = {
  modelType: 'llama',
  hiddenSize: 1024,
  intermediateSize: 2816,
  layers: 9,
  heads: 16,
  kvHeads: 4,
  headDim: 64,
  vocabSize: 32000,
  tieWordEmbeddings: true,
};
const HEADS = { keyHeads: 4, valueHeads: 8, keyHeadDim: 64, valueHeadDim: 64 };
const DELTA = { ...HEADS, kernel: 4, interval: 4 };
const ARCHS: readonly ArchSpec[] = [
  LLAMA,
  { ...LLAMA, modelType: 'qwen3', tieWordEmbeddings: false },
  { ...LLAMA, modelType: 'gemma2', slidingWindow: 512, attnSoftcap: 50, finalSoftcap: 30 },
  { ...LLAMA, modelType: 'gemma3_text', headDim: 256 },
  { ...LLAMA, modelType: 'phi3', kvHeads: 16 },
  { ...LLAMA, modelType: 'opt', kvHeads: 16 },
  { ...LLAMA, modelType: 'gpt_neox', kvHeads: 16 },
  { ...LLAMA, modelType: 'falcon', kvHeads: 1 },
  { ...LLAMA, modelType: 'never-seen' },
  { ...LLAMA, modelType: 'qwen3_5_text', headDim: 256, layers: 26, delta: DELTA },
  {
    ...LLAMA,
    modelType: 'mixtral',
    moe: { experts: 8, expertsPerToken: 2, expertIntermediateSize: 1024 },
  },
  {
    ...LLAMA,
    modelType: 'qwen2_moe',
    moe: {
      experts: 8,
      expertsPerToken: 2,
      expertIntermediateSize: 512,
      sharedIntermediateSize: 512,
    },
  },
];

const next = draws(20261124);

function pick<T>(list: readonly T[]): T {
  const item = list[Math.floor(next() * list.length)];
  assert.ok(item !== undefined);
  return item;
}

function drawn(): EstimateSpec {
  const arch = pick(ARCHS);
  const method = pick(['full', 'lora', 'dora', 'freeze'] as const);
  const adapts = method === 'lora' || method === 'dora';
  const stage = pick(['sft', 'sft', 'sft', 'dpo', 'kto', 'orpo', 'grpo', 'ppo', 'reward'] as const);
  const wide = pick(['bfloat16', 'bfloat16', 'float16', 'float32'] as const);
  const quantized = adapts && next() < 0.4;
  const seq = pick([128, 256, 384]);
  return {
    ...baseSpec(arch),
    method,
    stage,
    trainer: stage === 'sft' ? pick(['transformers', 'trl'] as const) : 'trl',
    loadDtype: wide,
    trainableDtype: wide,
    mixedPrecision: pick(['none', 'bf16', 'fp16'] as const),
    adapter: adapts
      ? {
          rank: pick([4, 16]),
          dropout: pick([0, 0.05]),
          targets: pick(['all-linear', ['q_proj', 'v_proj'], ['query_key_value']] as const),
          rslora: next() < 0.3,
          modulesToSave: pick([[], [], ['lm_head'], ['embed_tokens', 'lm_head']] as const),
          dtype: pick(['float32', 'bfloat16'] as const),
        }
      : null,
    quantization: quantized
      ? {
          method: 'bnb',
          bits: pick([4, 4, 8] as const),
          type: pick(['nf4', 'fp4'] as const),
          doubleQuant: next() < 0.5,
          computeDtype: 'bfloat16',
          kbitPrepare: next() < 0.5,
        }
      : null,
    optimizer: pick(OPTIMIZER_NAMES),
    microBatch: pick([1, 2, 4]),
    sequenceLength: seq,
    gradientAccumulation: pick([1, 1, 4]),
    checkpointing: {
      mode: pick(['none', 'reentrant', 'non-reentrant'] as const),
      everyLayers: pick([1, 1, 2]),
      offload: next() < 0.2,
    },
    attention: pick(['sdpa', 'sdpa', 'eager', 'flash_attention_2'] as const),
    batching: pick(['full', 'padded', 'packed'] as const),
    liger: next() < 0.3,
    lossKernel: pick(['full', 'full', 'chunked', 'fused'] as const),
    rollout: {
      referenceModel: next() < 0.3,
      valueModel: stage === 'ppo',
      rewardModel: stage === 'ppo',
      klPenalty: next() < 0.3,
      promptTokens: seq / 2,
      completionTokens: seq / 2,
      generations: 4,
      generatesHere: stage === 'grpo' || stage === 'ppo',
      promptAlone: false,
      gathersAll: stage === 'grpo' || stage === 'ppo',
    },
  };
}

/** Bytes still held at the end of each step that were allocated in it, by label. */
function leaks({ events, size, stretches, label, labels }: Trace): readonly string[] {
  const live = new Map<number, number>();
  const found: string[] = [];
  for (const stretch of stretches) {
    for (let e = stretch.from; e < stretch.to; e++) {
      const event = events[e] ?? 0;
      if (event > 0 && !live.has(event)) live.set(event, stretch.step);
      else if (event > 0 || !live.delete(-event)) found.push(`twice: block ${Math.abs(event)}`);
    }
  }
  for (const [id, step] of live)
    if (step === 2) found.push(`held: ${labels[label[id] ?? 0]} ${size[id]}`);
  return found;
}

test('120 drawn runs: numbers are finite and add up, blocks are freed once, step two keeps nothing', () => {
  for (let i = 0; i < 120; i++) {
    const spec = drawn();
    const e = estimate(spec);
    const where = JSON.stringify(spec);
    const { peakAllocated: a, peakReserved: r, device: d } = e;
    assert.ok(a.low > 0 && Number.isFinite(d.high), where);
    assert.ok(a.low <= a.expected && a.expected <= a.high, where);
    assert.ok(r.expected >= a.expected && d.expected === r.expected + e.context, where);
    const sum = e.components.reduce((n, c) => n + c.bytes, 0);
    assert.equal(sum, a.expected, where);
    assert.deepEqual(leaks(trace(spec)), [], where);
    const played = { reserved: r.expected, timeline: e.timeline };
    assert.deepEqual(played, eventByEvent(spec), where);
    assert.ok(fitsWithin(e, r.expected) && !fitsWithin(e, a.expected * 0.99), where);
    assert.ok(verdict(e, d.high + 1).kind === 'fits', where);
    if (spec.arch.modelType === 'never-seen') assert.ok(e.widened.length > 0, where);
  }
});

const peak = (spec: EstimateSpec): number => estimate(spec).peakAllocated.expected;

test('more of what costs memory never takes less, and what saves it never takes more', () => {
  for (let i = 0; i < 12; i++) {
    const one = drawn();
    // Mode and batch decide which kernels run and what is recomputed, so only these are monotonic.
    const spec: EstimateSpec = { ...one, stage: 'sft', lossKernel: 'full', liger: false };
    const where = JSON.stringify(spec);
    // Blocks that best fit does not split count with up to 1 MiB too much each.
    const base = peak(spec) * 0.97;
    const sameKernels = spec.quantization === null;
    if (sameKernels) assert.ok(peak({ ...spec, microBatch: spec.microBatch * 2 }) >= base, where);
    assert.ok(
      peak({ ...spec, arch: { ...spec.arch, layers: spec.arch.layers + 3 } }) > base,
      where,
    );
    assert.ok(peak({ ...spec, sequenceLength: spec.sequenceLength * 2 }) >= base, where);
    const { adapter } = spec;
    if (adapter !== null)
      assert.ok(peak({ ...spec, adapter: { ...adapter, rank: adapter.rank * 4 } }) >= base, where);
    const parallel = { ...spec.parallel, world: 8, engine: 'deepspeed' as const };
    const stages = ([1, 2, 3] as const).map((zeroStage) =>
      holding({ ...spec, parallel: { ...parallel, zeroStage } }),
    );
    assert.ok(
      stages.every((n, s) => s === 0 || n <= (stages[s - 1] ?? 0)),
      `${stages} ${where}`,
    );
  }
});

/** Weights, gradients and states of the highest moment of each phase, most of them. */
function holding(spec: EstimateSpec): number {
  const kept = ['weights', 'gradients', 'optimizer states', 'master weights', 'adapters'];
  const sums = estimate(spec).timeline.map((sample) =>
    sample.components.filter((c) => kept.includes(c.component)).reduce((n, c) => n + c.bytes, 0),
  );
  return Math.max(...sums);
}

test('the closed form agrees with the trace', () => {
  const errors: number[] = [];
  for (const spec of grid()) {
    const top = Math.max(...phasePeaks(trace(spec)).map((p) => p.bytes));
    errors.push(Math.abs(closedForm(spec).peak / top - 1));
  }
  errors.sort((a, b) => a - b);
  const at = (share: number): number => errors[Math.floor(errors.length * share)] ?? 1;
  assert.ok(errors.length > 150);
  assert.ok(at(0.5) <= 0.001, `median ${at(0.5)}`);
  assert.ok(at(0.9) <= 0.01, `p90 ${at(0.9)}`);
  assert.ok((errors.at(-1) ?? 1) <= 0.06, `max ${errors.at(-1)}`);
});

/** What the closed form covers: transformers' trainer on dense models with RMSNorm. */
function* grid(): Generator<EstimateSpec> {
  const archs: readonly ArchSpec[] = [
    {
      ...LLAMA,
      hiddenSize: 2048,
      intermediateSize: 8192,
      layers: 16,
      heads: 32,
      kvHeads: 8,
      vocabSize: 128256,
    },
    {
      ...LLAMA,
      modelType: 'qwen2',
      hiddenSize: 3584,
      intermediateSize: 18944,
      layers: 28,
      heads: 28,
      headDim: 128,
      vocabSize: 152064,
      tieWordEmbeddings: false,
    },
  ];
  const all = archs.flatMap((arch) =>
    (['full', 'lora', 'dropout', 'qlora', 'freeze'] as const).flatMap((kind) =>
      ([false, true] as const).flatMap((checkpoints) =>
        (['bfloat16', 'float32'] as const).flatMap((wide) =>
          (['adamw_torch', 'adamw_torch_fused', 'adamw_8bit', 'sgd'] as const).map(
            (optimizer, i) => ({ arch, kind, checkpoints, wide, optimizer, liger: i === 3 }),
          ),
        ),
      ),
    ),
  );
  for (const { arch, kind, checkpoints, wide, optimizer, liger } of all) {
    const full = kind === 'full' || kind === 'freeze';
    yield {
      ...baseSpec(arch),
      method: full ? kind : 'lora',
      loadDtype: wide,
      trainableDtype: wide,
      optimizer,
      liger,
      lossKernel: liger ? 'fused' : 'full',
      microBatch: 1,
      sequenceLength: 2048,
      checkpointing: {
        mode: checkpoints ? 'non-reentrant' : 'none',
        everyLayers: 1,
        offload: false,
      },
      adapter: full
        ? null
        : {
            rank: 16,
            dropout: kind === 'dropout' ? 0.05 : 0,
            targets: 'all-linear',
            rslora: false,
            modulesToSave: [],
            dtype: 'float32',
          },
      quantization:
        kind === 'qlora'
          ? {
              method: 'bnb',
              bits: 4,
              type: 'nf4',
              doubleQuant: true,
              computeDtype: 'bfloat16',
              kbitPrepare: wide === 'float32',
            }
          : null,
    };
  }
}
