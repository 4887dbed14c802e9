/** The first release that makes a check, by the beginning of its id; others are older than 0.12. */
const SINCE: readonly (readonly [version: string, ids: readonly string[]])[] = [
  ['0.18.0', ['selective-', 'compile-options', 'compile-flags']],
  [
    '0.17.0',
    [
      'attention-name',
      'attention-twice',
      'gemma4-hybrid',
      'dpo-',
      'grpo-generations',
      'grpo-divisible',
      'fp32-norms',
      'refused-s2_attention',
      'refused-flash_attn_rms_norm',
      'refused-unsloth_',
      'old-xformers_attention',
      'old-sage_attention',
      'old-flex_attention',
      'old-flash_attention',
      'old-sdp_attention',
      'old-eager_attention',
    ],
  ],
  ['0.16.0', ['save-best-metric', 'target-regex', 'refused-dpo_norm_loss', 'refused-rpo_alpha']],
  [
    '0.15.0',
    [
      'kernels-remote-code',
      'parameters-dropout',
      'deduplication-unprepared',
      'refused-dpo_use_logits_to_keep',
      'refused-dpo_generate_during_eval',
    ],
  ],
  ['0.14.0', ['no-safetensors']],
  ['0.13.0', ['streaming-', 'pretraining_dataset-with-val-set', 'losses']],
  ['0.12.0', ['fsdp2-8bit']],
];

/** The release from which on axolotl makes the check; `undefined` for checks that are older. */
export function firstRelease(id: string): string | undefined {
  return SINCE.find(([, ids]) => ids.some((one) => id.startsWith(one)))?.[0];
}
