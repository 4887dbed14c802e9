import { field as byHand } from './shared.mjs';

/**
 * Keywords of `AutoModel*.from_pretrained`, read by hand from modeling_utils.py and auto_factory.py. What transformers 5
 * takes out unread (modeling_utils.py:4099) is still taken.
 */
export function fromPretrained() {
  const at = 'transformers/modeling_utils.py';
  const field = (name, type, value, more) => byHand(name, type, value, at, more);
  return {
    id: 'from_pretrained',
    title: 'from_pretrained',
    fields: [
      field('pretrained_model_name_or_path', 'str | Path', null),
      field('config', 'PretrainedConfig | str | Path | None', null),
      field('dtype', 'str | torch.dtype | None', null, {
        choices: ['auto', 'bfloat16', 'float16', 'float32', 'float64'],
        choicesOpen: true,
        aliases: ['torch_dtype'],
      }),
      field('device_map', 'str | dict | int | None', null),
      field('max_memory', 'dict | None', null),
      field('tp_plan', 'str | dict | None', null),
      field('tp_size', 'int | None', null),
      field('attn_implementation', 'str | dict | None', null, {
        choices: [
          'eager',
          'sdpa',
          'flash_attention_2',
          'flash_attention_3',
          'flash_attention_4',
          'flex_attention',
        ],
        choicesOpen: true,
      }),
      field('experts_implementation', 'str | dict | None', null, { since: '5.0' }),
      field('quantization_config', 'dict | QuantizationConfig | None', null),
      field('offload_folder', 'str | Path | None', null),
      field('offload_state_dict', 'bool | None', null),
      field('offload_buffers', 'bool', false),
      field('low_cpu_mem_usage', 'bool | None', null),
      field('trust_remote_code', 'bool | None', null),
      field('use_cache', 'bool | None', null),
      field('use_safetensors', 'bool | None', null),
      field('weights_only', 'bool', true),
      field('ignore_mismatched_sizes', 'bool', false),
      field('output_loading_info', 'bool', false),
      field('state_dict', 'dict | None', null),
      field('generation_config', 'Any', null),
      field('key_mapping', 'dict | None', null),
      field('fusion_config', 'dict | None', null, { since: '5.0' }),
      field('disable_mmap', 'bool | None', null, { since: '5.0' }),
      field('variant', 'str | None', null),
      field('gguf_file', 'str | None', null),
      field('cache_dir', 'str | Path | None', null),
      field('force_download', 'bool', false),
      field('resume_download', 'bool | None', null, { until: '4.57' }),
      field('local_files_only', 'bool', false),
      field('proxies', 'dict | None', null),
      field('token', 'str | bool | None', null),
      field('use_auth_token', 'str | bool | None', null, { until: '4.57' }),
      field('revision', 'str', 'main'),
      field('code_revision', 'str | None', null),
      field('subfolder', 'str', ''),
      field('load_in_8bit', 'bool', false, { until: '4.57' }),
      field('load_in_4bit', 'bool', false, { until: '4.57' }),
      field('from_tf', 'bool', false),
      field('from_flax', 'bool', false),
      field('use_kernels', 'bool', false),
      field('allow_all_kernels', 'bool', false, { since: '5.0' }),
      field('kernel_config', 'KernelConfig | None', null, { since: '5.0' }),
      field('distributed_config', 'DistributedConfig | None', null),
      field('device_mesh', 'Any', null),
      field('adapter_kwargs', 'dict | None', null),
      field('adapter_name', 'str', 'default'),
    ],
    lost: [],
    renames: ['fromPretrained'],
    unknown: 'open',
    names: 'exact',
  };
}
