// Options that LLaMA-Factory takes in a mode that the file may not show: USE_MCA=1 in the
// environment (mcore_adapter's TrainingArguments, alibaba/ROLL 8eb27cc2), KTransformers.
import { field } from './shared.mjs';

const AT = 'mcore_adapter/training_args.py';

const TYPES = {
  bool: [
    'sequence_parallel',
    'overlap_p2p_comm',
    'variable_seq_lengths',
    'bias_activation_fusion',
    'apply_rope_fusion',
    'cross_entropy_loss_fusion',
    'moe_layer_recompute',
    'moe_shared_expert_overlap',
    'moe_enable_routing_replay',
    'calculate_per_token_loss',
    'fp8_param',
    'accumulate_allreduce_grads_in_fp32',
    'use_distributed_optimizer',
    'distrib_optim_fully_reshardable',
    'distrib_optim_fully_reshardable_mem_efficient',
    'overlap_grad_reduce',
    'delay_grad_reduce',
    'overlap_param_gather',
    'check_for_nan_in_loss_and_grad',
    'ddp_average_in_collective',
    'optimizer_cpu_offload',
    'save_hf_model',
    'save_merged_model',
    'ckpt_d2h_non_blocking',
    'sequence_packing',
    'compile_warmup',
  ],
  'bool | None': [
    'account_for_embedding_in_pipeline_split',
    'account_for_loss_in_pipeline_split',
    'moe_grouped_gemm',
    'moe_pad_expert_input_to_capacity',
  ],
  'int | None': [
    'tensor_model_parallel_size',
    'pipeline_model_parallel_size',
    'virtual_pipeline_model_parallel_size',
    'context_parallel_size',
    'expert_model_parallel_size',
    'expert_tensor_parallel_size',
    'recompute_num_layers',
    'mtp_num_layers',
    'ddp_bucket_size',
  ],
  'float | None': [
    'moe_aux_loss_coeff',
    'moe_expert_capacity_factor',
    'optimizer_offload_fraction',
  ],
  'str | None': [
    'pipeline_model_parallel_layout',
    'recompute_granularity',
    'recompute_method',
    'recompute_modules',
    'moe_token_dispatcher_type',
    'moe_token_drop_policy',
    'moe_router_dtype',
    'transformer_impl',
    'cuda_graph_impl',
    'cuda_graph_scope',
    'fp8_recipe',
    'optimizer',
    'ckpt_format',
  ],
  'str | dict | None': ['additional_configs'],
};

const mcore = Object.entries(TYPES).flatMap(([type, names]) =>
  names.map((name) => field(name, type, undefined, AT, { rare: true })),
);
const ktransformers = [
  field('kt_config', 'dict | None', null, 'src/llamafactory/hparams/parser.py', { rare: true }),
];

/** What the modes add to training, and to everything else. */
export const MODES = { train: [...mcore, ...ktransformers], other: ktransformers };
