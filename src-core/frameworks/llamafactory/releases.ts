import { type FirstReleases, firstOf } from '../since.ts';

/** The first release that makes a check of LLaMA-Factory, by the beginning of its id, as its tags have it. */
const SINCE: FirstReleases = [
  ['0.9.6', ['kt-options']],
  ['0.9.4', ['ppo-trl', 'use_kt-zero3', 'fp8-quantized', 'nothing-to-evaluate', 'unsloth-oft']],
  [
    '0.9.3',
    ['best-metric', 'early-stopping', 'image-pixels', 'streaming-without-workers', 'video-pixels'],
  ],
  ['0.9.2', ['apollo-', 'galore-optim', 'rope-scaling-within']],
  [
    '0.9.0',
    [
      'mask-and-train-prompt',
      'mask_history-outside-sft',
      'train_on_prompt-outside-sft',
      'predict_with_generate-zero3',
    ],
  ],
  [
    '0.8.3',
    [
      'badam-distributed',
      'deepspeed-one-process',
      'generate-and-accuracy',
      'interleave-',
      'neat_packing-outside-sft',
      'no-dataset',
      'ppo-refuses',
      'pissa_init-without-lora',
      'pure-bf16-zero3',
      'quantization-bits',
      'quantization-sharded',
      'two-validation-sets',
      'use_dora-without-lora',
      'use_rslora-without-lora',
      'validation-without-dataset',
    ],
  ],
  [
    '0.8.2',
    [
      'eight-bit-sharded',
      'several-gpus-one-process',
      'pissa-',
      'quantized-checkpoint-full',
      'quantized-checkpoint-pissa',
      'quantized-pissa',
    ],
  ],
  ['0.8.0', ['loraplus_lr_ratio-without-lora', 'use_unsloth-zero3']],
  ['0.7.1', ['two-projections']],
  ['0.7.0', ['new-tokens-quantized', 'quantized-resize', 'several-adapters', 'vllm-inference']],
  ['0.6.3', ['quantization-device-map']],
  ['0.6.2', ['dataset-stage']],
  ['0.6.1', ['label-smoothing-loss']],
  [
    '0.6.0',
    [
      'galore-',
      'inference-backend',
      'lora-with-projection',
      'quantized-checkpoint-dora',
      'streaming-save',
    ],
  ],
];

/** The release from which on LLaMA-Factory makes a check; 0.5.3 has the others. */
export function firstRelease(id: string): string {
  return firstOf(SINCE, id) ?? '0.5.3';
}
