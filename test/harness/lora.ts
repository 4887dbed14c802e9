import type { AdapterSpec } from '../../src-core/estimate/spec.ts';

/** LoRA as PEFT makes it, of every linear layer. */
export const LORA: AdapterSpec = {
  rank: 8,
  dropout: 0,
  targets: 'all-linear',
  rslora: false,
  modulesToSave: [],
  dtype: 'float32',
};
