import { configDefaults } from './config-families.ts';
import { type Config, count, defined, flag, text } from './config-fields.ts';
import type { ArchSpec, DeltaSpec, MlaSpec, MoeSpec, VariedSpec } from './model.ts';

type AttentionFields = Pick<
  ArchSpec,
  'heads' | 'kvHeads' | 'headDim' | 'qkvBias' | 'outBias' | 'qkNorm' | 'slidingWindow'
>;

const HEADS = ['num_attention_heads', 'n_head', 'num_heads'];

/** Heads, biases and window of the attention, or `undefined` where the config gives no heads. */
export function attentionFields(
  config: Config,
  modelType: string,
  hiddenSize: number,
): AttentionFields | undefined {
  const defaults = configDefaults(modelType);
  const heads = count(config, HEADS) ?? defaults.heads;
  if (heads === undefined) return undefined;
  const given = count(config, ['head_dim', 'd_kv', 'kv_channels']) ?? latentHeadDim(config);
  return defined({
    heads,
    kvHeads: kvHeads(config, modelType, heads) ?? defaults.kvHeads ?? heads,
    headDim: given ?? defaults.headDim ?? hiddenSize / heads,
    qkvBias: yes(qkvBias(config, modelType) ?? defaults.qkvBias),
    outBias: yes(outBias(config, modelType) ?? defaults.outBias),
    qkNorm: yes(flag(config, ['use_qk_norm', 'qk_layernorm']) ?? defaults.qkNorm),
    slidingWindow:
      config.use_sliding_window === false ? undefined : count(config, ['sliding_window']),
  });
}

const yes = (value: boolean | undefined): true | undefined => (value ? true : undefined);

function latentHeadDim(config: Config): number | undefined {
  const nope = count(config, ['qk_nope_head_dim']);
  const rope = count(config, ['qk_rope_head_dim']);
  return nope === undefined || rope === undefined ? undefined : nope + rope;
}

function kvHeads(config: Config, modelType: string, heads: number): number | undefined {
  if (modelType === 'chatglm') {
    if (config.multi_query_attention !== true) return heads;
    return count(config, ['multi_query_group_num']);
  }
  if (modelType === 'falcon') {
    if (config.new_decoder_architecture === true) {
      return count(config, ['num_kv_heads', 'n_head_kv']) ?? heads;
    }
    return config.multi_query === false ? heads : 1;
  }
  return count(config, ['num_key_value_heads']);
}

function qkvBias(config: Config, modelType: string): boolean | undefined {
  if (modelType === 'chatglm') return flag(config, ['add_qkv_bias', 'add_bias_linear']);
  if (modelType === 'phi' || modelType.startsWith('qwen2')) return undefined;
  return flag(config, ['attention_bias', 'use_qkv_bias', 'qkv_bias', 'use_bias', 'bias']);
}

function outBias(config: Config, modelType: string): boolean | undefined {
  if (modelType === 'chatglm') return flag(config, ['add_bias_linear']);
  if (modelType === 'seed_oss') return flag(config, ['attention_out_bias']);
  if (/^(?:qwen2|mimo|glm4|glm$|phi$)/.test(modelType)) return undefined;
  return flag(config, ['attention_bias', 'use_bias', 'bias']);
}

type FeedForwardFields = Pick<ArchSpec, 'intermediateSize' | 'hiddenAct' | 'mlpBias'>;

const WIDTHS = ['intermediate_size', 'ffn_hidden_size', 'ffn_dim', 'd_ff', 'n_inner'];
const ACTIVATIONS = ['hidden_activation', 'hidden_act', 'activation_function', 'feed_forward_proj'];

const BIASES: Readonly<Record<string, readonly string[]>> = { falcon: ['bias'] };

/** Width and activation of the dense feed-forward, or `undefined` where the config gives no width. */
export function feedForwardFields(
  config: Config,
  modelType: string,
  hiddenSize: number,
): FeedForwardFields | undefined {
  const defaults = configDefaults(modelType);
  const times = defaults.ffnTimes === undefined ? undefined : defaults.ffnTimes * hiddenSize;
  // Without dense layers there may be no width but that of an expert.
  const expert = count(config, ['moe_intermediate_size']);
  const given = count(config, ['intermediate_size_mlp', ...WIDTHS]) ?? times ?? expert;
  if (given === undefined) return undefined;
  return defined({
    intermediateSize: defaults.ffnHalved ? given / 2 : given,
    hiddenAct: text(config, ACTIVATIONS) ?? defaults.act ?? 'silu',
    mlpBias: yes(flag(config, BIASES[modelType] ?? ['mlp_bias', 'use_bias']) ?? defaults.mlpBias),
  });
}

/** The experts, or `undefined` for a dense model. */
export function moeFields(config: Config, modelType: string): MoeSpec | undefined {
  const experts = count(config, ['num_experts', 'num_local_experts', 'n_routed_experts']);
  const perToken =
    count(config, ['num_experts_per_tok', 'experts_per_token', 'moe_topk', 'top_k_experts']) ??
    (modelType.startsWith('llama4') ? 1 : undefined);
  const isExpert = configDefaults(modelType).ffnIsExpert || modelType.startsWith('llama4');
  const width = count(config, [
    'moe_intermediate_size',
    ...(isExpert ? ['intermediate_size'] : []),
  ]);
  if (experts === undefined || perToken === undefined || width === undefined) return undefined;
  const step = count(config, [
    'decoder_sparse_step',
    'interleave_moe_layer_step',
    'moe_layer_freq',
  ]);
  const shared = modelType.startsWith('llama4') ? 1 : count(config, ['n_shared_experts']);
  return defined({
    experts,
    expertsPerToken: perToken,
    expertIntermediateSize: width,
    sharedExperts: shared,
    sharedIntermediateSize: count(config, ['shared_expert_intermediate_size']),
    denseLayers: count(config, ['first_k_dense_replace']),
    sparseStep: step === 1 ? undefined : step,
  });
}

/** The low-rank projections of DeepSeek's attention, or `undefined`. */
export function mlaFields(config: Config): MlaSpec | undefined {
  const kvLoraRank = count(config, ['kv_lora_rank']);
  const qkNopeHeadDim = count(config, ['qk_nope_head_dim']);
  const qkRopeHeadDim = count(config, ['qk_rope_head_dim']);
  const vHeadDim = count(config, ['v_head_dim']);
  if (!kvLoraRank || !qkNopeHeadDim || !qkRopeHeadDim || !vHeadDim) return undefined;
  return defined({
    qLoraRank: count(config, ['q_lora_rank']),
    kvLoraRank,
    qkNopeHeadDim,
    qkRopeHeadDim,
    vHeadDim,
  });
}

const HYBRID = new Set([
  'qwen3_5',
  'qwen3_5_text',
  'qwen3_5_moe',
  'qwen3_5_moe_text',
  'qwen3_next',
]);

/**
 * The gated delta nets, `undefined` where all layers have full attention, `null` where those that have
 * not are of another kind or order. The defaults are those of transformers' Qwen3_5TextConfig and Qwen3NextConfig.
 */
export function deltaFields(
  config: Config,
  modelType: string,
  layers: number,
): DeltaSpec | null | undefined {
  const kinds = Array.isArray(config.layer_types) ? config.layer_types : undefined;
  if (!HYBRID.has(modelType)) return kinds?.includes('linear_attention') ? null : undefined;
  const first = kinds?.indexOf('full_attention') ?? -1;
  const interval = first < 0 ? (count(config, ['full_attention_interval']) ?? 4) : first + 1;
  const kindOf = (layer: number): string =>
    (layer + 1) % interval === 0 ? 'full_attention' : 'linear_attention';
  const regular = kinds === undefined || kinds.every((kind, layer) => kind === kindOf(layer));
  if (!regular || (kinds !== undefined && kinds.length !== layers)) return null;
  return {
    keyHeads: count(config, ['linear_num_key_heads']) ?? 16,
    valueHeads: count(config, ['linear_num_value_heads']) ?? 32,
    keyHeadDim: count(config, ['linear_key_head_dim']) ?? 128,
    valueHeadDim: count(config, ['linear_value_head_dim']) ?? 128,
    kernel: count(config, ['linear_conv_kernel_dim']) ?? 4,
    interval,
  };
}

/**
 * What differs between Gemma 4's layers, `undefined` for other models, `null` where layers are ordered otherwise.
 * The defaults are those of transformers' Gemma4TextConfig.
 */
export function variedFields(
  config: Config,
  modelType: string,
  layers: number,
): VariedSpec | null | undefined {
  if (!modelType.startsWith('gemma4')) return undefined;
  const kinds = Array.isArray(config.layer_types) ? config.layer_types : undefined;
  const first = kinds?.indexOf('full_attention') ?? 5;
  const interval = first + 1;
  const isFull = (layer: number): boolean => (layer + 1) % interval === 0;
  const regular = kinds?.every((kind, i) => (kind === 'full_attention') === isFull(i)) ?? true;
  const sharedLayers = count(config, ['num_kv_shared_layers']);
  const kvHeads = count(config, ['num_key_value_heads']) ?? 4;
  const keyIsValue = config.attention_k_eq_v === true;
  const own = keyIsValue ? count(config, ['num_global_key_value_heads']) : undefined;
  if (!regular || interval < 1 || layers % interval !== 0) return null;
  return defined({
    interval,
    headDim: count(config, ['global_head_dim']) ?? 512,
    kvHeads: own ?? kvHeads,
    keyIsValue: yes(keyIsValue),
    sharedLayers,
    sharedWide: yes(config.use_double_wide_mlp === true),
    perLayer: count({ hidden_size_per_layer_input: 256, ...config }, [
      'hidden_size_per_layer_input',
    ]),
  });
}
