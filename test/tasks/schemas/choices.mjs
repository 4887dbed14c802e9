// Values that the sources check in code, not in an annotation: read by hand, with their place.
// `open`: others may be legal (plugins, names in another case, newer releases).

const same = (keys, entry) => Object.fromEntries(keys.map((key) => [key, entry]));

const precision = { values: ['no', 'fp16', 'bf16', 'fp8'], open: true };
const attention = [
  'eager',
  'sdpa',
  'flash_attn',
  'flash_attention_2',
  'flash_attention_3',
  'flash_attention_4',
  'flex_attention',
];
const wrap = ['TRANSFORMER_BASED_WRAP', 'SIZE_BASED_WRAP', 'NO_WRAP'];
const stateDict = ['FULL_STATE_DICT', 'LOCAL_STATE_DICT', 'SHARDED_STATE_DICT'];

/** framework -> key -> choices; `scope.key` where only one scope has them. */
export const CHOICES = {
  swift: {
    // swift/arguments/base_args/base_args.py:28 and swift/tuner_plugin/mapping.py
    tuner_type: {
      values: [
        'lora',
        'full',
        'longlora',
        'adalora',
        'llamapro',
        'adapter',
        'vera',
        'boft',
        'fourierft',
        'reft',
        'bone',
        'ia3',
        'lora_llm',
        'dummy',
      ],
      // The adapter judges the name: plugins may add some.
      open: true,
      extendedBy: ['external_plugins', 'custom_register_path'],
    },
    attn_impl: { values: attention, open: true },
    // swift/loss/mapping.py
    'sft.loss_type': {
      values: [
        'cross_entropy',
        'cosine_similarity',
        'contrastive',
        'online_contrastive',
        'infonce',
        'pointwise_reranker',
        'listwise_reranker',
      ],
      open: true,
    },
    // swift/loss_scale/mapping.py; parts are joined with `+`
    loss_scale: {
      values: [
        'default',
        'last_round',
        'all',
        'ignore_empty_think',
        'ignore_think_prefix',
        'react',
        'hermes',
        'qwen',
        'agentflan',
        'alpha_umi',
      ],
      open: true,
    },
    // swift/metrics/mapping.py
    eval_metric: { values: ['acc', 'nlg', 'infonce', 'paired', 'reranker'], open: true },
    // swift/optimizers/mapping.py
    optimizer: {
      values: ['default', 'galore', 'lorap', 'muon', 'muonclip', 'multimodal'],
      open: true,
    },
  },
  trl: {
    'SFTConfig.loss_type': { values: ['nll', 'dft', 'chunked_nll'] },
    'sft.loss_type': { values: ['nll', 'dft', 'chunked_nll'] },
    // The old name of bfd_split is still read in Python (sft_config.py:325).
    ...same(
      ['SFTConfig', 'GKDConfig', 'GOLDConfig'].map((name) => `${name}.packing_strategy`),
      { values: ['bfd', 'bfd_split', 'wrapped', 'bfd-requeue'] },
    ),
    'GRPOConfig.loss_type': grpoLoss(),
    'grpo.loss_type': grpoLoss(),
    'DPOConfig.loss_type': dpoLoss(),
    'dpo.loss_type': dpoLoss(),
    // `sequence_token` is for the trainer of trl.experimental.gspo_token.
    importance_sampling_level: { values: ['token', 'sequence', 'sequence_token'] },
    vllm_mode: { values: ['server', 'colocate'], open: true },
    scale_rewards: { values: ['group', 'batch', 'none'], open: true },
    multi_objective_aggregation: {
      values: ['sum_then_normalize', 'normalize_then_sum'],
    },
    vllm_importance_sampling_mode: {
      values: ['token_truncate', 'token_mask', 'sequence_truncate', 'sequence_mask'],
      open: true,
    },
    f_divergence_type: {
      values: ['reverse_kl', 'forward_kl', 'js_divergence', 'alpha_divergence'],
      open: true,
    },
    truncation_mode: { values: ['keep_start', 'keep_end'], open: true },
    attn_implementation: { values: attention.filter((name) => name !== 'flash_attn'), open: true },
  },
  accelerate: {
    'config.mixed_precision': precision,
    'sagemaker.mixed_precision': precision,
    'config.distributed_type': {
      values: [
        'NO',
        'MULTI_CPU',
        'MULTI_GPU',
        'MULTI_NPU',
        'MULTI_MLU',
        'MULTI_SDAA',
        'MULTI_MUSA',
        'MULTI_XPU',
        'MULTI_HPU',
        'MULTI_NEURON',
        'DEEPSPEED',
        'FSDP',
        'XLA',
        'MEGATRON_LM',
      ],
    },
    ...same(['fsdp_auto_wrap_policy'], { values: wrap, open: true }),
    ...same(['fsdp_state_dict_type'], { values: stateDict, open: true }),
    fsdp_sharding_strategy: {
      values: ['FULL_SHARD', 'SHARD_GRAD_OP', 'NO_SHARD', 'HYBRID_SHARD', 'HYBRID_SHARD_ZERO2'],
      open: true,
    },
    fsdp_backward_prefetch: {
      values: ['BACKWARD_PRE', 'BACKWARD_POST', 'NO_PREFETCH'],
      open: true,
    },
    zero_stage: { values: [0, 1, 2, 3], open: true },
    offload_optimizer_device: { values: ['none', 'cpu', 'nvme'], open: true },
    offload_param_device: { values: ['none', 'cpu', 'nvme'], open: true },
  },
  axolotl: {
    attn_implementation: {
      values: [
        'eager',
        'sdpa',
        'flash_attention_2',
        'flash_attention_3',
        'flex_attention',
        'xformers',
        'sage',
        'fp8',
      ],
      open: true,
    },
    adapter: { values: ['lora', 'qlora', 'llama-adapter'], open: true },
  },
  deepspeed: {
    'zero_optimization.stage': { values: [0, 1, 2, 3] },
    'config.gradient_allreduce_op': { values: ['mean', 'sum'] },
    'data_types.grad_accum_dtype': { values: ['fp32', 'fp16', 'bf16'], open: true },
    'torch_autocast.dtype': { values: ['bfloat16', 'float16'], open: true },
    'config.communication_data_type': { values: ['fp16', 'bfp16', 'fp32'], open: true },
  },
  peft: {
    // Any other name only warns, and leaves the mask to be set by hand (shira/config.py:125).
    'ShiraConfig.mask_type': { values: ['random'], open: true },
  },
  litgpt: {
    precision: {
      values: ['16-true', '16-mixed', 'bf16-true', 'bf16-mixed', '32-true'],
      open: true,
    },
  },
  torchtune: { dtype: { values: ['bf16', 'fp32'], open: true } },
};

/** trl/trainer/grpo_trainer.py: any other raises when the loss is computed. */
function grpoLoss() {
  const values = ['grpo', 'bnpo', 'dr_grpo', 'dapo', 'cispo', 'sapo', 'luspo', 'vespo'];
  return { values, open: true };
}

/** trl/trainer/dpo_trainer.py: a list of them, or one. */
function dpoLoss() {
  const values = [
    'sigmoid',
    'hinge',
    'ipo',
    'exo_pair',
    'nca_pair',
    'robust',
    'bco_pair',
    'sppo_hard',
    'aot',
    'aot_unpaired',
    'apo_zero',
    'apo_down',
    'discopop',
    'sft',
    'sigmoid_norm',
  ];
  return { values, open: true };
}
