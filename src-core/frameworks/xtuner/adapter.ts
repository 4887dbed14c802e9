import type { Adapter } from '../framework.ts';
import { lowerXtuner } from './lower.ts';
import { recognizeXtuner } from './recognize.ts';

/** xtuner: configs in Python made of `dict(type=...)`, and `xtuner train`. */
export const xtuner: Adapter = {
  id: 'xtuner',
  title: 'xtuner',
  version: '0.2',
  evidence: [/\bxtuner\b/],
  recognize: recognizeXtuner,
  lower: lowerXtuner,
  fields: {
    loadDtype: 'torch_dtype',
    'lora.rank': 'r',
    'lora.alpha': 'lora_alpha',
    'lora.dropout': 'lora_dropout',
  },
};
