/** Sections of a DeepSpeed configuration that are plain dictionaries: keys read by hand. */
export const DEEPSPEED_SECTIONS = {
  activation_checkpointing: {
    at: 'deepspeed/runtime/activation_checkpointing/config.py',
    keys: {
      partition_activations: ['bool', false],
      contiguous_memory_optimization: ['bool', false],
      cpu_checkpointing: ['bool', false],
      number_checkpoints: ['int | None', null],
      synchronize_checkpoint_boundary: ['bool', false],
      profile: ['bool', false],
    },
  },
  flops_profiler: {
    at: 'deepspeed/profiling/constants.py',
    keys: {
      enabled: ['bool', false],
      recompute_fwd_factor: ['float', 0],
      profile_step: ['int', 1],
      module_depth: ['int', -1],
      top_modules: ['int', 1],
      detailed: ['bool', true],
      output_file: ['str | None', null],
    },
  },
  aio: {
    at: 'deepspeed/runtime/swap_tensor/constants.py',
    keys: {
      block_size: ['int', 1048576],
      queue_depth: ['int', 8],
      intra_op_parallelism: ['int', 1],
      single_submit: ['bool', false],
      overlap_events: ['bool', true],
      use_gds: ['bool', false],
      thread_count: ['int', 1],
    },
  },
  optimizer: {
    at: 'deepspeed/runtime/config.py',
    keys: {
      type: ['str', undefined],
      params: ['dict', undefined],
      legacy_fusion: ['bool', false],
    },
  },
  scheduler: {
    at: 'deepspeed/runtime/config.py',
    keys: { type: ['str', undefined], params: ['dict', undefined] },
  },
  torch_autocast: {
    at: 'deepspeed/runtime/config.py',
    keys: {
      enabled: ['bool', false],
      dtype: ['str', undefined],
      lower_precision_safe_modules: ['list', undefined],
    },
  },
  data_types: {
    at: 'deepspeed/runtime/constants.py',
    keys: {
      grad_accum_dtype: ['str | None', null],
      param_dtype: ['str | None', null],
      buffer_dtype: ['str | None', null],
      optimizer_dtype: ['str | None', null],
    },
  },
  elasticity: {
    at: 'deepspeed/elasticity/constants.py',
    keys: {
      enabled: ['bool', false],
      max_train_batch_size: ['int', 2000],
      micro_batch_sizes: ['list', undefined],
      min_gpus: ['int', 1],
      max_gpus: ['int', 10000],
      num_gpus_per_node: ['int', 1],
      model_parallel_size: ['int', 1],
      min_time: ['int', 0],
      prefer_larger_batch: ['bool', true],
      ignore_non_elastic_batch_info: ['bool', false],
      version: ['float', 0.2],
    },
  },
};

/** Top-level keys: what the extraction read at the top, less what belongs to a section. */
export const DEEPSPEED_TOP =
  /^deepspeed\/(runtime\/(config|precision_config|zero\/config|activation_checkpointing\/config|swap_tensor\/aio_config)\.py|autotuning\/config\.py:26|profiling\/config|nebula\/config|datastates\/config|elasticity\/config\.py:739|compile\/custom_ops)/;
export const DEEPSPEED_NOT_TOP = new Set(['attention', 'mode', 'version', 'allgather_size']);
export const DEEPSPEED_ALSO_TOP = {
  communication_data_type: 'str | None',
  seq_parallel_communication_data_type: 'str | None',
  compression_training: 'dict',
  data_efficiency: 'dict',
  curriculum_learning: 'dict',
  tensorboard: 'dict',
  wandb: 'dict',
  comet: 'dict',
  csv_monitor: 'dict',
  comms_logger: 'dict',
  tensor_parallel: 'dict',
  expert_parallel: 'dict',
  elasticity: 'dict',
  timers: 'dict',
  weight_quantization: 'dict',
};

/** Types of constants that the source gives as None. */
export const DEEPSPEED_TYPES = {
  // pydantic reads true as 1
  stage: 'int | bool',
  train_batch_size: 'int | None',
  train_micro_batch_size_per_gpu: 'int | None',
  gradient_accumulation_steps: 'int | None',
  steps_per_print: 'int | None',
  sequence_parallel_size: 'int | None',
  vocabulary_size: 'int | None',
  log_level: 'str | None',
  amp: 'dict',
  autotuning: 'dict',
  bfloat16: 'dict',
  checkpoint: 'dict',
  datastates_ckpt: 'dict',
  eigenvalue: 'dict',
  expert_parallel: 'dict',
  nebula: 'dict',
  pipeline: 'dict',
  progressive_layer_drop: 'dict',
  quantize_training: 'dict',
  sparse_attention: 'dict',
};
