import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimate } from '../../src-core/estimate/estimate.ts';
import { shapeOf, totalParams } from '../../src-core/estimate/params.ts';
import { baseSpec, type EstimateSpec } from '../../src-core/estimate/spec.ts';
import { closedForm } from '../../src-core/estimate/terms/closed-form.ts';
import { modelFromConfig } from '../../src-core/facts/config-json.ts';
import type { ArchSpec } from '../../src-core/facts/model.ts';
import { modelById } from '../../src-core/facts/models/models.ts';
import { countParams } from '../../src-core/facts/params.ts';
import { analyze } from '../../src-core/index.ts';
import { allocatedError, compare, reservedError, summarize } from '../bench/vram-bench.ts';
import { LORA } from '../harness/lora.ts';
import { errors, load, records } from './golden.ts';

const golden = load('vram-newer.json');
const compared = compare(
  records(golden, golden.runs).map((one) => ({ ...one, clean_reserved: true })),
);

/** How far the runs are off whose model's name begins so. */
function off(model: string, count: number): { allocated: number; reserved: number } {
  const those = compared.filter(({ record }) => String(record.run.model).startsWith(model));
  assert.equal(those.length, count);
  return {
    allocated: summarize(errors(those, allocatedError)).max,
    reserved: summarize(errors(those, reservedError)).max,
  };
}

test('models of new families need what they were measured to need', () => {
  const sets = [
    ['qwen3-next', 5, 0.006, 0.02],
    ['gpt-oss', 2, 0.0005, 0.019],
    ['glm4-moe', 4, 0.005, 0.04],
    ['gemma4-wide', 6, 0.0045, 0.029],
    ['gemma4-e', 7, 0.004, 0.032],
    ['gemma4-moe', 3, 0.008, 0.005],
  ] as const;
  for (const [model, count, most, mostReserved] of sets) {
    const { allocated, reserved } = off(model, count);
    assert.ok(allocated <= most, `${model} allocated ${allocated}`);
    assert.ok(reserved <= mostReserved, `${model} reserved ${reserved}`);
  }
});

test('the projections of Qwen3-Next are adapted by their own names', () => {
  const arch = modelById('Qwen/Qwen3-Next-80B-A3B')?.arch;
  assert.ok(arch);
  assert.equal(totalParams(shapeOf(arch)), countParams(arch));
  const adapter = { ...LORA, targets: ['in_proj_qkvz', 'in_proj_ba'] };
  const spec = { ...baseSpec({ ...arch, layers: 4 }), method: 'lora' as const, adapter };
  const widths = 3 * 8 * (2 * arch.hiddenSize + 3 * 4096 + 64);
  assert.equal(estimate(spec).trainableParams, widths);
});

const gemma = (size: string): ArchSpec => {
  const arch = modelById(`google/gemma-4-${size}`)?.arch;
  assert.ok(arch);
  return arch;
};

test('Gemma 4 has the parameters that its layers have, of whatever widths', () => {
  for (const size of ['E2B-it', 'E4B-it', '31B', '26B-A4B']) {
    const arch = gemma(size);
    assert.equal(totalParams(shapeOf(arch)), countParams(arch), size);
    assert.equal(countParams(arch), modelById(`google/gemma-4-${size}`)?.params, size);
  }
});

test('layers of Gemma 4 that take the keys of an earlier one have no projection for them', () => {
  const { vision: _, ...arch } = gemma('E4B-it');
  const adapter = { ...LORA, rank: 1, targets: ['k_proj'] };
  const trained = estimate({ ...baseSpec(arch), method: 'lora', adapter }).trainableParams;
  // 24 of 42 layers have their own: 4 of them with heads of 512, 20 with heads of 256.
  assert.equal(trained, 24 * arch.hiddenSize + 2 * (4 * 512 + 20 * 256));
});

test('a config of Gemma 4 whose layers are in another order is not known', () => {
  const config = {
    model_type: 'gemma4_text',
    hidden_size: 64,
    intermediate_size: 128,
    num_hidden_layers: 4,
    num_attention_heads: 2,
    layer_types: Array.from({ length: 4 }, () => 'sliding_attention'),
  };
  const kinds = (every: number): object => ({
    ...config,
    layer_types: config.layer_types.map((kind, i) => ((i + 1) % every ? kind : 'full_attention')),
  });
  assert.equal(modelFromConfig(config, 'a'), undefined);
  assert.equal(modelFromConfig(kinds(3), 'a'), undefined);
  assert.equal(modelFromConfig(kinds(2), 'a')?.arch?.varied?.interval, 2);
});

test('gpt-oss is taken to have eager attention where none is named, and the closed form knows it', () => {
  const text =
    'swift sft --model openai/gpt-oss-20b --dataset a --tuner_type lora --max_length 1024\n';
  const { runs } = analyze({ file: { path: 'a.sh', language: 'shell', text }, settings: {} });
  const held = runs[0]?.numbers.estimate()?.timeline.map((one) => one.op) ?? [];
  assert.ok(
    held.some((op) => op.includes('eager_attention')),
    held.join(' '),
  );
});

test('the weights of a vision tower are counted, as they are loaded', () => {
  const { vision, ...arch } = gemma('31B');
  assert.ok(vision?.params);
  const spec = baseSpec(arch);
  const more = (changed: Partial<EstimateSpec>): number =>
    closedForm({ ...spec, ...changed, arch: { ...arch, vision } }).weights -
    closedForm({ ...spec, ...changed }).weights;
  assert.equal(more({}), 2 * vision.params);
  const quantization = {
    method: 'bnb',
    bits: 4,
    type: 'nf4',
    doubleQuant: false,
    computeDtype: 'bfloat16',
    kbitPrepare: false,
  } as const;
  assert.ok(Math.abs(more({ quantization, method: 'lora' }) / vision.params - 0.5625) < 1e-3);
});

test('a compiled run may need half, and so gives no error that an uncompiled one would', () => {
  const text = (more: string): string =>
    `swift sft --model Qwen/Qwen2.5-0.5B --dataset a --tuner_type full --max_length 2048${more}\n`;
  const low = (more: string): number => {
    const file = { path: 'a.sh', language: 'shell' as const, text: text(more) };
    const found = analyze({ file, settings: {} }).runs[0]?.numbers.estimate()?.peakReserved;
    assert.ok(found);
    return found.low / found.expected;
  };
  assert.ok(low(' --torch_compile true') < 0.7);
  assert.ok(low(' --torch_compile false') > 0.9);
  assert.equal(low(' --torch_compile false'), low(''));
});

test('packed experts are unpacked whole while a layer runs, in axolotl', () => {
  const { vision: _, ...arch } = gemma('26B-A4B');
  const { moe } = arch;
  assert.ok(moe);
  const quantization = {
    method: 'bnb',
    bits: 4,
    type: 'nf4',
    doubleQuant: true,
    computeDtype: 'bfloat16',
    kbitPrepare: false,
    experts: true,
  } as const;
  const adapter = { ...LORA, targets: ['q_proj'] };
  const checkpointing = { mode: 'non-reentrant', everyLayers: 1, offload: false } as const;
  const spec = {
    ...baseSpec({ ...arch, vocabSize: 2000 }),
    method: 'lora',
    quantization,
    adapter,
  } as const;
  const peak = (trainer: EstimateSpec['trainer']): number =>
    estimate({ ...spec, checkpointing, sequenceLength: 512, microBatch: 1, trainer }).peakAllocated
      .expected;
  const stacks = 2 * 3 * moe.experts * moe.expertIntermediateSize * arch.hiddenSize;
  assert.ok(peak('transformers') - peak('unsloth') > 0.9 * stacks);
});

test('layers of Gemma 3 that slide have masks of their own once the window is filled', () => {
  const sizes = load('vram-runs.json');
  const list = (sizes.runs ?? [])
    .map((one, i) => ({ ...one, id: String(i), ok: true, clean_reserved: true }))
    .filter(({ run }) => run.model === 'gemma3-1b');
  const runs = compare(records(sizes, list), false);
  assert.equal(runs.length, 14);
  assert.ok(summarize(errors(runs, allocatedError)).max < 0.002);
  // One of them, under Liger and with dropout.
  const far = errors(runs, reservedError).filter((e) => Math.abs(e) > 0.004);
  assert.ok(far.length === 1 && Math.abs(far[0] ?? 1) < 0.054, `${far}`);
});

test('compiled runs need between the low end and what is expected', () => {
  const sizes = load('vram-runs.json');
  const list = (load('vram-compiled.json').runs ?? []).map((one, i) => ({
    ...one,
    id: String(i),
    ok: true,
  }));
  assert.equal(list.length, 10);
  for (const { record, spec } of compare(records(sizes, list), false)) {
    const { peakAllocated } = estimate({ ...spec, compiled: true });
    const measured = record.peak_allocated ?? 0;
    const where = JSON.stringify(record.run.model);
    assert.ok(peakAllocated.low < measured, where);
    assert.ok(peakAllocated.low > measured / 2.2, where);
    assert.ok(peakAllocated.expected > measured * 0.995, where);
  }
});
