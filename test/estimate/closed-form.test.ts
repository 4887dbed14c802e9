import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimate } from '../../src-core/estimate/estimate.ts';
import { baseSpec, type EstimateSpec } from '../../src-core/estimate/spec.ts';
import { archFromConfig } from '../bench/vram-record.ts';
import { load } from './golden.ts';

const { archs } = load('vram-turns.json');

test('the closed form agrees where weights are stepped one by one, or in a low rank', () => {
  const names = [
    'adamw_torch',
    'adamw_torch_fused',
    'galore_adamw',
    'galore_adamw_8bit',
    'apollo_adamw',
  ];
  const all = [...names.slice(2), ...names.map((name) => `${name}_layerwise`)];
  for (const model of ['llama3.2-1b-10l', 'mistral-6l'])
    for (const optimizer of all)
      for (const dtype of ['bfloat16', 'float32'] as const) {
        const spec: EstimateSpec = {
          ...baseSpec(archFromConfig(archs[model] ?? {})),
          optimizer,
          loadDtype: dtype,
          trainableDtype: dtype,
          microBatch: 1,
          sequenceLength: 256,
          checkpointing: { mode: 'non-reentrant', everyLayers: 1, offload: false },
        };
        const { closedForm, peakAllocated } = estimate(spec);
        const off = closedForm / peakAllocated.expected - 1;
        assert.ok(Math.abs(off) < 0.05, `${model} ${optimizer} ${dtype} ${off}`);
      }
});
