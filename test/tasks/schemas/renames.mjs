// What became of keys and values that are gone: paired by meaning, checked in the sources' history.
// A pair gives `now` only when the value can stay as it is.

export const renames = {
  swift: {
    train_type: { now: 'tuner_type' },
    sft_type: { now: 'tuner_type' },
    model_id_or_path: { now: 'model' },
    dtype: {
      now: 'torch_dtype',
      note: 'bf16, fp16 and fp32 are called bfloat16, float16 and float32 there',
    },
    quantization_bit: { now: 'quant_bits', note: 'quant_bits needs quant_method as well' },
    bnb_4bit_comp_dtype: { now: 'bnb_4bit_compute_dtype' },
    batch_size: { now: 'per_device_train_batch_size' },
    eval_batch_size: { now: 'per_device_eval_batch_size' },
    lora_target_modules: { now: 'target_modules', note: 'ALL is called all-linear there' },
    check_model_is_latest: { now: 'check_model' },
    add_output_dir_suffix: { now: 'add_version' },
    do_sample: { note: 'write temperature 0 for no sampling' },
    lora_lr_ratio: { now: 'lorap_lr_ratio' },
    lora_bias_trainable: { now: 'lora_bias' },
    additional_trainable_parameters: { now: 'trainable_parameters' },
    eval_datasets: { now: 'eval_dataset' },
    eval_datasets_args: { now: 'eval_dataset_args' },
    swanlab_lark_webhook_url: {
      now: 'swanlab_webhook_url',
      note: 'it needs swanlab_notification_method lark as well',
    },
    swanlab_lark_secret: {
      now: 'swanlab_secret',
      note: 'it needs swanlab_notification_method lark as well',
    },
    ia3_target_modules: { now: 'target_modules' },
    boft_target_modules: { now: 'target_modules' },
    vera_target_modules: { now: 'target_modules' },
    ia3_modules_to_save: { now: 'modules_to_save' },
    boft_modules_to_save: { now: 'modules_to_save' },
    vera_modules_to_save: { now: 'modules_to_save' },
    loss_name: { note: 'loss_type names the loss now' },
    channels: { note: 'write enable_channel_loss true' },
    use_loss_scale: { note: 'loss_scale names the weights now' },
    device_map_config: { note: 'write it in device_map' },
    device_map_config_path: { note: 'write it in device_map' },
    device_max_memory: { note: 'write it in max_memory' },
    sft_alpha: { note: 'it belongs to GKD: swift rlhf' },
    lora_target_regex: { now: 'target_regex' },
    lora_modules_to_save: { now: 'modules_to_save' },
    lora_dropout_p: { now: 'lora_dropout' },
    init_lora_weights: { now: 'init_weights' },
    template_type: { now: 'template' },
    evaluation_strategy: { now: 'eval_strategy' },
    dataset_test_ratio: { now: 'split_dataset_ratio' },
    dataset_seed: { now: 'data_seed' },
    only_save_model: { now: 'save_only_model' },
    neftune_alpha: { now: 'neftune_noise_alpha' },
    preprocess_num_proc: { now: 'dataset_num_proc' },
    use_liger: { now: 'use_liger_kernel' },
    tools_prompt: { note: 'agent_template names the format of tool calls now' },
    metric: { now: 'eval_metric' },
    train_dataset_sample: { note: 'write the number behind the data set: dataset#N' },
    val_dataset_sample: { note: 'write the number behind the data set: dataset#N' },
    ckpt_dir: { note: 'use adapters for LoRA weights, model for full weights' },
    deepspeed_config_path: { now: 'deepspeed' },
    use_flash_attn: { note: 'write attn_impl flash_attn' },
    custom_train_dataset_path: { now: 'dataset' },
    custom_val_dataset_path: { now: 'val_dataset' },
    streaming_buffer_size: { now: 'shuffle_buffer_size' },
    train_sampler_random: { now: 'train_dataloader_shuffle' },
    vit_use_gc: { now: 'vit_gradient_checkpointing' },
  },
  megatron: {
    train_type: { now: 'tuner_type' },
    max_epochs: { now: 'num_train_epochs' },
    save: { now: 'output_dir' },
    save_interval: { now: 'save_steps' },
    eval_interval: { now: 'eval_steps' },
    log_interval: { now: 'logging_steps' },
    load: { now: 'mcore_model' },
    adapter_load: { now: 'mcore_adapter' },
    ref_load: { now: 'mcore_ref_model' },
    ref_adapter_load: { now: 'mcore_ref_adapter' },
    use_flash_attn: { note: 'write attention_backend flash' },
    num_workers: { now: 'dataloader_num_workers' },
    num_layers_per_virtual_pipeline_stage: { note: 'write virtual_pipeline_model_parallel_size' },
  },
  llamafactory: {
    dpo_beta: { now: 'pref_beta' },
    dpo_loss: { now: 'pref_loss' },
    dpo_ftx: { now: 'pref_ftx' },
    kto_ftx: { until: '0.7.1', now: 'pref_ftx' },
    orpo_beta: { now: 'pref_beta' },
    checkpoint_dir: { note: 'write adapter_name_or_path, or model_name_or_path for full training' },
    num_layer_trainable: { now: 'freeze_trainable_layers' },
    name_module_trainable: { now: 'freeze_trainable_modules' },
    badam_switch_block_every: { now: 'badam_switch_interval' },
    sft_packing: { now: 'packing' },
    neft_alpha: { now: 'neftune_noise_alpha' },
    hf_auth_token: { now: 'hf_hub_token' },
    use_auth_token: { now: 'hf_hub_token', note: 'the token itself, no longer true or false' },
    ref_model_checkpoint: { now: 'ref_model' },
    reward_model_checkpoint: { now: 'reward_model' },
    new_special_tokens: { now: 'add_special_tokens' },
    image_resolution: { now: 'image_max_pixels', note: 'counts pixels, not the side length' },
    video_resolution: { now: 'video_max_pixels', note: 'counts pixels, not the side length' },
    image_dir: { now: 'media_dir' },
    cache_path: { now: 'tokenized_path' },
    prompt_template: { now: 'template' },
    train_mm_proj_only: {
      note: 'use freeze_vision_tower, freeze_multi_modal_projector and freeze_language_model',
    },
    max_source_length: { note: 'cutoff_len bounds source and target together' },
    max_target_length: { note: 'cutoff_len bounds source and target together' },
    visual_inputs: { note: 'the model decides it now: leave the key out' },
    system_prompt: { now: 'default_system' },
  },
  transformers: {
    evaluation_strategy: { until: '4.50', now: 'eval_strategy' },
    dispatch_batches: { until: '4.50', note: 'write dispatch_batches in accelerator_config' },
    split_batches: { until: '4.50', note: 'write split_batches in accelerator_config' },
    warmup_ratio: { note: 'write the ratio as warmup_steps: a number below 1 counts as a share' },
    group_by_length: { note: 'write train_sampling_strategy="group_by_length"' },
    overwrite_output_dir: { note: 'the Trainer never read it: leave it out' },
    logging_dir: { note: 'set the environment variable TENSORBOARD_LOGGING_DIR' },
    save_safetensors: { note: 'safetensors is the only format now: leave it out' },
    no_cuda: { now: 'use_cpu' },
    use_mps_device: { note: 'mps is used where it is there: leave it out' },
    per_gpu_train_batch_size: { now: 'per_device_train_batch_size' },
    per_gpu_eval_batch_size: { now: 'per_device_eval_batch_size' },
    adafactor: { note: 'write optim="adafactor"' },
    include_inputs_for_metrics: { note: 'write include_for_metrics=["inputs"]' },
    push_to_hub_model_id: { now: 'hub_model_id' },
    push_to_hub_organization: { note: 'write it in front of hub_model_id' },
    push_to_hub_token: { now: 'hub_token' },
    fsdp_min_num_params: { note: 'write min_num_params in fsdp_config' },
    fsdp_transformer_layer_cls_to_wrap: {
      note: 'write transformer_layer_cls_to_wrap in fsdp_config',
    },
    torchdynamo: { now: 'torch_compile_backend' },
    half_precision_backend: { note: 'torch is the only backend now: leave it out' },
    fp16_backend: { note: 'torch is the only backend now: leave it out' },
    fp16_opt_level: { note: 'it belonged to apex, which is no longer supported: leave it out' },
    tpu_metrics_debug: { note: 'write debug="tpu_metrics_debug"' },
  },
  fromPretrained: {
    load_in_4bit: { note: 'write quantization_config=BitsAndBytesConfig(load_in_4bit=True)' },
    load_in_8bit: { note: 'write quantization_config=BitsAndBytesConfig(load_in_8bit=True)' },
    use_auth_token: { now: 'token' },
    resume_download: { note: 'downloads resume by themselves: leave it out' },
  },
  /** Keys that were gone before the oldest transformers that today's frameworks allow. */
  transformersOld: {
    evaluation_strategy: { until: 'transformers@4.50', now: 'eval_strategy' },
    dispatch_batches: {
      until: 'transformers@4.50',
      note: 'write dispatch_batches in accelerator_config',
    },
    split_batches: {
      until: 'transformers@4.50',
      note: 'write split_batches in accelerator_config',
    },
  },
  trl: {
    max_seq_length: { now: 'max_length' },
    torch_dtype: { now: 'dtype' },
    max_prompt_length: { note: 'prompts are no longer cut: filter long ones out of the data set' },
    max_target_length: { note: 'max_length bounds prompt and answer together' },
    tokenizer: { now: 'processing_class' },
    dataset_batch_size: { note: 'it is gone without a successor: leave it out' },
    num_of_sequences: { note: 'it is gone without a successor: leave it out' },
    chars_per_token: { note: 'it is gone without a successor: leave it out' },
    use_liger: { now: 'use_liger_kernel' },
    is_encoder_decoder: { note: 'read from the model now: leave it out' },
  },
  /** litgpt 141c8bfb. */
  litgptTrain: Object.fromEntries(
    [
      ['learning_rate', 'lr'],
      ['weight_decay', 'weight_decay'],
      ['beta1', 'betas'],
      ['beta2', 'betas'],
    ].map(([name, now]) => [
      name,
      { until: '0.3', note: `write ${now} in the init_args of optimizer` },
    ]),
  ),
  peft: {
    enable_lora: { note: 'merged layers are found by themselves: leave it out' },
    merge_weights: { note: 'call merge_and_unload() after training' },
  },
  axolotl: {
    ...Object.fromEntries(
      ['cross_entropy_loss', 'lora_mlp', 'lora_o', 'lora_qkv', 'rms_norm', 'rope'].map((part) => [
        `unsloth_${part}`,
        {
          note: 'axolotl refuses it now: lora_mlp_kernel, lora_qkv_kernel and the like replace it',
        },
      ]),
    ),
    relora_steps: { now: 'jagged_restart_steps' },
    relora_warmup_steps: { now: 'jagged_restart_warmup_steps' },
    relora_anneal_steps: { now: 'jagged_restart_anneal_steps' },
  },
  accelerateFsdp: {
    fsdp_backward_prefetch_policy: { until: '0.25.0', now: 'fsdp_backward_prefetch' },
  },
  verl: {
    'trainer.val_generations_to_log_to_wandb': { now: 'trainer.log_val_generations' },
    'trainer.profile_steps': { now: 'global_profiler.steps' },
    'trainer.profile_continuous_steps': { now: 'global_profiler.profile_continuous_steps' },
    'actor_rollout_ref.actor.checkpoint.contents': {
      now: 'actor_rollout_ref.actor.checkpoint.save_contents',
    },
    'critic.checkpoint.contents': { now: 'critic.checkpoint.save_contents' },
    'ray_init.num_cpus': { now: 'ray_kwargs.ray_init.num_cpus' },
    'ray_init.timeline_json_file': { now: 'ray_kwargs.timeline_json_file' },
    'actor_rollout_ref.rollout.update_weights_bucket_megabytes': {
      now: 'actor_rollout_ref.rollout.checkpoint_engine.update_weights_bucket_megabytes',
    },
    'actor_rollout_ref.rollout.multi_turn.max_turns': {
      note: 'max_assistant_turns and max_user_turns are told apart',
    },
    'algorithm.rollout_is_threshold': {
      now: 'algorithm.rollout_correction.rollout_is_threshold',
    },
    ...Object.fromEntries(
      ['param_offload', 'optimizer_offload', 'offload_policy', 'fsdp_size', 'forward_prefetch'].map(
        (name) => [`critic.model.fsdp_config.${name}`, { now: `critic.fsdp.${name}` }],
      ),
    ),
    ...Object.fromEntries(
      ['name', 'source', 'module.path', 'module.name'].map((name) => [
        `reward_manager.${name}`,
        { now: `reward.reward_manager.${name}` },
      ]),
    ),
  },
};

const attention = (name) => ({ note: `write attn_implementation: ${name}` });
const refused = (note) => ({ note: `axolotl refuses it now${note ? `: ${note}` : ''}` });

/** Keys that are still known, but should not be used: framework -> key -> what to write instead. */
export const deprecations = {
  accelerate: {
    'config.fp16': { note: 'write mixed_precision: fp16' },
    'config.dynamo_backend': { note: 'write it inside dynamo_config' },
  },
  swift: { custom_register_path: { now: 'external_plugins' } },
  axolotl: {
    dataset_processes: { now: 'dataset_num_proc' },
    gc_steps: { note: 'write torch_empty_cache_steps, or gc_collect_steps for Python objects' },
    pretrain_multipack_buffer_size: { now: 'streaming_multipack_buffer_size' },
    xformers_attention: attention('xformers'),
    sdp_attention: attention('sdpa'),
    flex_attention: attention('flex_attention'),
    flash_attention: attention('flash_attention_2'),
    sage_attention: attention('sage'),
    eager_attention: attention('eager'),
    fsdp: { note: 'write the options in fsdp_config' },
    fsdp_final_state_dict_type: { note: 'write final_state_dict_type in fsdp_config' },
    noisy_embedding_alpha: { now: 'neftune_noise_alpha' },
    dpo_beta: { now: 'rl_beta' },
    evaluation_strategy: { now: 'eval_strategy' },
    eval_table_size: { note: 'write generate_samples and num_generation_samples' },
    eval_max_new_tokens: { now: 'generation_max_new_tokens' },
    sequence_parallel_degree: { now: 'context_parallel_size' },
    max_packed_sequence_len: refused('sequence_len bounds packed sequences too'),
    rope_scaling: refused('write it inside overrides_of_model_config'),
    dpo_use_logits_to_keep: refused(),
    dpo_generate_during_eval: refused(),
    dpo_norm_loss: refused(),
    rpo_alpha: refused(),
    s2_attention: refused(),
    flash_attn_rms_norm: refused(),
  },
  deepspeed: {
    cpu_offload: { note: 'write offload_optimizer: {device: cpu}' },
    cpu_offload_param: { note: 'write offload_param: {device: cpu}' },
    cpu_offload_use_pin_memory: { note: 'write pin_memory inside offload_optimizer' },
    stage3_gather_fp16_weights_on_model_save: { now: 'stage3_gather_16bit_weights_on_model_save' },
  },
};

const dpoLosses = [
  { value: 'aot_pair', until: '0.28', now: 'aot_unpaired' },
  { value: 'kto_pair', until: '0.9.4' },
];

/** Values that a key took once: key -> value -> what to write now; `scope.key` where only one scope took them. */
export const goneValues = {
  axolotl: {
    gradient_checkpointing: [{ value: 'unsloth', until: '0.9.1', now: 'offload' }],
  },
  llamafactory: {
    flash_attn: [{ value: 'off', until: '0.8.2', now: 'disabled' }],
    quantization_method: [{ value: 'bitsandbytes', until: '0.9.2', now: 'bnb' }],
    stage: [{ value: 'orpo', until: '0.7.1' }],
    infer_backend: [{ value: 'ktransformers', until: '0.9.4' }],
    finetuning_type: [{ value: 'none', until: '0.2.1' }],
  },
  swift: {
    acc_strategy: [{ value: 'sentence', until: '2.6.1' }],
    infer_backend: [{ value: 'AUTO', until: '2.6.1' }],
    lora_dtype: [
      { value: 'AUTO', until: '2.6.1' },
      { value: 'fp16', until: '2.6.1', now: 'float16' },
      { value: 'bf16', until: '2.6.1', now: 'bfloat16' },
      { value: 'fp32', until: '2.6.1', now: 'float32' },
    ],
    quant_method: [{ value: 'aqlm', until: '2.6.1' }],
    truncation_strategy: [{ value: 'truncation_left', until: '2.6.1', now: 'left' }],
    tuner_backend: [{ value: 'swift', until: '2.6.1' }],
    moe_token_dispatcher_type: [{ value: 'alltoall_seq', until: '3.12' }],
    sampler_engine: [{ value: 'pt', until: '3.12', now: 'transformers' }],
    sampler_type: [{ value: 'mcts', until: '3.9' }],
  },
  trl: {
    packing_strategy: [{ value: 'bfd-requeue', until: '0.29', now: 'bfd_split' }],
    'DPOConfig.loss_type': dpoLosses,
    'dpo.loss_type': dpoLosses,
    'CPOConfig.loss_type': [{ value: 'kto_pair', until: '0.9.4' }],
    'KTOConfig.loss_type': [{ value: 'bco', until: '0.9' }],
  },
  transformers: {
    optim: [{ value: 'adamw_hf', until: '4.49', now: 'adamw_torch' }],
  },
};

/**
 * Choices that the newest release dropped while an allowed older one has them: still legal as long
 * as the version is not known.
 */
export const olderChoices = { optim: ['adamw_apex_fused'] };
