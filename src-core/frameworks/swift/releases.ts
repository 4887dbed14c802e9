import { type FirstReleases, firstOf } from '../since.ts';

/**
 * The first release that makes a check of ms-swift, by the beginning of its id, as its tags have it; 3.0
 * rewrote the classes of arguments, and has the others.
 */
const SINCE: FirstReleases = [
  ['4.5.0', ['warmup-twice', 'warmup-ratio-one']],
  ['4.4.0', ['grpo-one-generation', 'two-teachers', 'teacher-liger', 'gkd-seq_kd']],
  ['4.2.0', ['split-outside-pt']],
  ['4.1.0', ['self-distillation-liger']],
  ['4.0.1', ['megatron-groups-packed']],
  [
    '4.0.0',
    [
      'gkd-topk-',
      'grpo-liger-off_policy_sequence_mask_delta',
      'megatron-async-limit',
      'megatron-length',
      'megatron-limit',
      'ring-attention',
    ],
  ],
  ['3.12.0', ['fsdp-device-map', 'fsdp-and-deepspeed', 'fsdp-preset', 'fsdp2-save-only-model']],
  ['3.11.1', ['vllm-mode-without-vllm', 'vllm-without-mode']],
  ['3.11.0', ['cached-stream', 'megatron-groups', 'megatron-stream-epochs', 'split-outside-pt']],
  ['3.10.0', ['gkd-async_generate', 'grpo-liger-estimator', 'several-adapters']],
  ['3.8.0', ['padding-free-type']],
  [
    '3.7.0',
    [
      'lazy-tokenize-',
      'sequence-parallel-type',
      'several-losses',
      'loss-weights',
      'grpo-cached-data',
      'grpo-liger-entropy',
      'grpo-liger-log_entropy',
    ],
  ],
  [
    '3.6.0',
    [
      'vllm-device-map',
      'async-with-turns',
      'load-best-without-validation',
      'grpo-liger-padding_free',
    ],
  ],
  ['3.5.3', ['grpo-liger-sequence']],
  ['3.5.1', ['megatron-stream-length']],
  [
    '3.5.0',
    [
      'vllm-server-without-host',
      'async-without-server',
      'colocated-engine',
      'prompt-over-engine',
      'liger-device-map',
      'grpo-liger-delta',
    ],
  ],
  ['3.4.0', ['padding-free-attention']],
  ['3.3.0', ['grpo-truncation', 'rewards-', 'soft-overlong-cache']],
  ['3.0.2', ['num-labels', 'quantization-without-bits']],
];

/** The release from which on ms-swift makes a check. */
export function firstRelease(id: string): string {
  return firstOf(SINCE, id) ?? '3.0.0';
}
