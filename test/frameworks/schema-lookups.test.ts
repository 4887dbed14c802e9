import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type ComponentData, loadComponents } from '../../src-core/frameworks/component-load.ts';

const folder = join(import.meta.dirname, '../../src-core/frameworks');

describe('torchtune components', () => {
  const file = join(folder, 'torchtune/components.data.json');
  const component = loadComponents(JSON.parse(readFileSync(file, 'utf8')) as ComponentData);

  it('knows a builder by its public and its private path', () => {
    for (const path of ['qwen2_5', 'qwen2_5._model_builders']) {
      const found = component(`torchtune.models.${path}.lora_qwen2_5_7b_base`);
      assert.equal(found.kind, 'known');
      if (found.kind !== 'known') return;
      const names = found.scope.keys.all().map((spec) => spec.name);
      assert.ok(names.includes('lora_rank') && names.includes('quantize_base'));
      assert.equal(found.scope.unknown, 'raise');
    }
  });

  it('misses a builder that is not there, and names the ones beside it', () => {
    const found = component('torchtune.models.qwen2_5.lora_qwen2_5_7b');
    assert.equal(found.kind, 'unknown');
    assert.ok(found.kind === 'unknown' && found.near.includes('lora_qwen2_5_7b_base'));
  });

  it('knows what a package exports from below', () => {
    for (const path of [
      'torchtune.training.FullModelHFCheckpointer',
      'torchtune.datasets.alpaca_cleaned_dataset',
      'torchtune.modules.loss.LinearCrossEntropyLoss',
      'torchtune.training.metric_logging.DiskLogger',
    ]) {
      assert.equal(component(path).kind, 'known', path);
    }
  });

  it('says nothing of other packages', () => {
    assert.equal(component('torch.optim.AdamW').kind, 'foreign');
    assert.equal(component('torchtune.mine.model').kind, 'foreign');
  });
});
