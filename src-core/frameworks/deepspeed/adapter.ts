import type { Options } from '../../run/options.ts';
import type { Adapter, AdapterContext, Lowered, Recognized } from '../framework.ts';
import { lowerDeepSpeed } from './lower.ts';
import { recognizeDeepSpeed } from './recognize.ts';

/** DeepSpeed: its JSON, alone or named by a trainer, and the flags of its launcher. */
export const deepspeed: Adapter = {
  id: 'deepspeed',
  title: 'DeepSpeed',
  version: '0.19.6',
  evidence: [
    /"(?:zero_\w+|train_(?:micro_)?batch_size\w*|fp16|b(?:f|float)16|gradient_\w+|steps_per_print|elasticity|communication_data_type|flops_profiler|activation_checkpointing)"\s*:|\bdeepspeed\s+(?=\S)[^\n]{0,2000}?(?:[\w/]\.py\b|\\\r?\n)/,
  ],
  recognize: recognizeDeepSpeed,
  lower(options: Options, recognized: Recognized, context: AdapterContext): Lowered {
    return lowerDeepSpeed(options, recognized, context);
  },
  fields: {},
};
