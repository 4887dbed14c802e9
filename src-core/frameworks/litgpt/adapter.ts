import type { Adapter } from '../framework.ts';
import { lowerLitgpt } from './lower.ts';
import { recognizeLitgpt } from './recognize.ts';

const PRECISIONS = { fp32: '32-true', fp16: '16-true', bf16: 'bf16-true', fp8: undefined } as const;

/** litgpt: `litgpt finetune ...` and its YAML. */
export const litgpt: Adapter = {
  id: 'litgpt',
  title: 'litgpt',
  version: '0.5.13',
  evidence: [/\blitgpt\b|\bcheckpoint_dir\s*:|\bmodel_name\s*:/, /\blitgpt\b/],
  recognize: recognizeLitgpt,
  lower: lowerLitgpt,
  fields: {
    microBatch: 'micro_batch_size',
    maxLength: 'max_seq_length',
    'lora.rank': 'lora_r',
    'lora.alpha': 'lora_alpha',
    'lora.dropout': 'lora_dropout',
  },
  spell(field, to) {
    if (field !== 'precision' || typeof to !== 'string') return undefined;
    const name = Object.entries(PRECISIONS).find(([key]) => key === to)?.[1];
    return name === undefined ? undefined : [{ key: 'precision', to: name }];
  },
};
