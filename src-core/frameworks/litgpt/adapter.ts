import { known } from '../../run/sourced.ts';
import type { Adapter } from '../framework.ts';
import { findKey } from '../resolve-key.ts';
import { lowerLitgpt } from './lower.ts';
import { recognizeLitgpt } from './recognize.ts';

const WIDTHS: { readonly [precision: string]: string } = { fp32: '32', fp16: '16', bf16: 'bf16' };

/** litgpt: `litgpt finetune ...` and its YAML. */
export const litgpt: Adapter = {
  id: 'litgpt',
  title: 'litgpt',
  version: '0.5.13',
  evidence: [
    /\blitgpt\b|\bcheckpoint_dir\s*:|\bmodel_name\s*:/,
    /\blitgpt\b|\bprecision\s*:\s*["']?(?:bf16|16|32)-(?:true|mixed)\b/,
  ],
  recognize: recognizeLitgpt,
  lower: lowerLitgpt,
  fields: {
    microBatch: 'micro_batch_size',
    maxLength: 'max_seq_length',
    'lora.rank': 'lora_r',
    'lora.alpha': 'lora_alpha',
    'lora.dropout': 'lora_dropout',
  },
  spell(field, to, o) {
    const width = field === 'precision' && typeof to === 'string' ? WIDTHS[to] : undefined;
    if (width === undefined) return undefined;
    const mixed = width !== '32' && known(o.text('precision'))?.endsWith('-mixed') === true;
    const name = `${width}-${mixed ? 'mixed' : 'true'}`;
    const specs = o.sections.map(({ scope }) => findKey(scope, 'precision'));
    const choices = specs.find((spec) => spec !== undefined)?.choices;
    const legal = choices === undefined || choices.includes(name);
    return legal ? [{ key: 'precision', to: name }] : undefined;
  },
};
