/**
 * Makes src-core/facts/models/models.data.json:
 * `npx tsx test/tasks/facts-models.ts <models.json> <totals.json> <out>`.
 * models.json lists models with the names of config.json, plus `sources`; totals.json is what
 * facts-totals.py counted of models without a formula.
 */
import { readFileSync } from 'node:fs';
import { type Flat, writeTable } from './facts-table.ts';

interface Raw {
  readonly id: string;
  readonly architecture: string;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim: number;
  readonly vocab_size: number;
  readonly tie_word_embeddings: boolean;
  readonly max_position_embeddings?: number;
  readonly sliding_window?: number | null;
  readonly rope_theta?: number;
  readonly hidden_act: string;
  readonly torch_dtype: string;
  readonly norm_type: string;
  readonly attention_bias: { readonly qkv: boolean; readonly o: boolean };
  readonly qk_norm?: boolean;
  readonly attn_logit_softcapping?: number;
  readonly final_logit_softcapping?: number;
  readonly num_experts?: number;
  readonly num_experts_per_tok?: number;
  readonly moe_intermediate_size?: number;
  readonly shared_expert_intermediate_size?: number;
  readonly n_shared_experts?: number;
  readonly first_k_dense_replace?: number;
  readonly dense_intermediate_size?: number;
  readonly moe_layers?: number;
  readonly q_lora_rank?: number;
  readonly kv_lora_rank?: number;
  readonly qk_nope_head_dim?: number;
  readonly qk_rope_head_dim?: number;
  readonly v_head_dim?: number;
  readonly linear_num_key_heads?: number;
  readonly linear_num_value_heads?: number;
  readonly linear_key_head_dim?: number;
  readonly linear_value_head_dim?: number;
  readonly linear_conv_kernel_dim?: number;
  readonly full_attention_interval?: number;
  readonly cross_attention_layers?: number;
  readonly vision_params?: number;
  readonly params_computed: number;
  readonly params_without_vision_or_mtp?: number;
  readonly note?: string;
  readonly sources: readonly string[];
  readonly published_evidence: readonly string[];
  readonly published_evidence_level: string;
}

/** The `model_type` of config.json by the class that it names. */
const modelTypes: Readonly<Record<string, string>> = {
  BaichuanForCausalLM: 'baichuan',
  BloomForCausalLM: 'bloom',
  ChatGLMModel: 'chatglm',
  Cohere2ForCausalLM: 'cohere2',
  CohereForCausalLM: 'cohere',
  DeepseekForCausalLM: 'deepseek',
  DeepseekV2ForCausalLM: 'deepseek_v2',
  DeepseekV3ForCausalLM: 'deepseek_v3',
  FalconForCausalLM: 'falcon',
  GPT2LMHeadModel: 'gpt2',
  GPTJForCausalLM: 'gptj',
  GPTNeoXForCausalLM: 'gpt_neox',
  Gemma2ForCausalLM: 'gemma2',
  Gemma3ForCausalLM: 'gemma3_text',
  Gemma3ForConditionalGeneration: 'gemma3',
  GemmaForCausalLM: 'gemma',
  Glm4ForCausalLM: 'glm4',
  Glm4MoeForCausalLM: 'glm4_moe',
  GptOssForCausalLM: 'gpt_oss',
  GraniteForCausalLM: 'granite',
  InternLM2ForCausalLM: 'internlm2',
  InternLM3ForCausalLM: 'internlm3',
  InternLMForCausalLM: 'internlm',
  Llama4ForConditionalGeneration: 'llama4',
  LlamaForCausalLM: 'llama',
  MT5ForConditionalGeneration: 'mt5',
  MiMoForCausalLM: 'mimo',
  MiniCPMForCausalLM: 'minicpm',
  MistralForCausalLM: 'mistral',
  MixtralForCausalLM: 'mixtral',
  MllamaForConditionalGeneration: 'mllama',
  OPTForCausalLM: 'opt',
  Olmo2ForCausalLM: 'olmo2',
  OlmoForCausalLM: 'olmo',
  OlmoeForCausalLM: 'olmoe',
  Phi3ForCausalLM: 'phi3',
  PhiForCausalLM: 'phi',
  PhiMoEForCausalLM: 'phimoe',
  QWenLMHeadModel: 'qwen',
  Qwen2ForCausalLM: 'qwen2',
  Qwen2MoeForCausalLM: 'qwen2_moe',
  Qwen2VLForConditionalGeneration: 'qwen2_vl',
  Qwen2_5_VLForConditionalGeneration: 'qwen2_5_vl',
  Qwen3ForCausalLM: 'qwen3',
  Qwen3_5ForConditionalGeneration: 'qwen3_5',
  Qwen3_5MoeForConditionalGeneration: 'qwen3_5_moe',
  Qwen3MoeForCausalLM: 'qwen3_moe',
  Qwen3NextForCausalLM: 'qwen3_next',
  Qwen3VLForConditionalGeneration: 'qwen3_vl',
  Qwen3VLMoeForConditionalGeneration: 'qwen3_vl_moe',
  SeedOssForCausalLM: 'seed_oss',
  SmolLM3ForCausalLM: 'smollm3',
  StableLmForCausalLM: 'stablelm',
  Starcoder2ForCausalLM: 'starcoder2',
  T5ForConditionalGeneration: 't5',
};

/** Feed-forward projections have a bias in these families. */
const withMlpBias = ['gpt_neox', 'opt', 'bloom', 'starcoder2', 'phi', 'gpt2', 'gptj', 'gpt_oss'];

/** Checkpoints that are published quantised. */
const quantized: Readonly<Record<string, string>> = {
  'openai/gpt-oss-20b': 'mxfp4',
  'openai/gpt-oss-120b': 'mxfp4',
  'deepseek-ai/DeepSeek-V3': 'fp8',
  'deepseek-ai/DeepSeek-R1': 'fp8',
  'moonshotai/Kimi-K2-Instruct': 'fp8',
};

/** Towers by dimensions: hidden, intermediate, layers, heads, patch (transformers config classes). */
const towers: readonly (readonly [RegExp, readonly [number, number, number, number, number]])[] = [
  [/Qwen2-VL/, [1280, 5120, 32, 16, 14]],
  [/Qwen2\.5-VL-72B/, [1280, 3456, 32, 16, 14]],
  [/Qwen2\.5-VL-32B/, [1280, 3456, 32, 16, 14]],
  [/Qwen2\.5-VL/, [1280, 3420, 32, 16, 14]],
  [/Qwen3\.5-0\.8B/, [768, 3072, 12, 12, 16]],
  [/Qwen3\.5-[24]B/, [1024, 4096, 24, 16, 16]],
  [/Qwen3\.[568]/, [1152, 4304, 27, 16, 16]],
  [/Qwen3-VL-[24]B/, [1024, 4096, 24, 16, 16]],
  [/Qwen3-VL/, [1152, 4304, 27, 16, 16]],
  [/gemma-3/, [1152, 4304, 27, 16, 14]],
  [/Llama-4/, [1408, 5632, 34, 16, 14]],
  [/Llama-3\.2-11B-Vision/, [1280, 5120, 40, 16, 14]],
];

/** Vision parameters of Llama 3.2 Vision, tower and projector, per the note of its record. */
const MLLAMA_VISION = 895_028_755;

function visionParams(raw: Raw): number | undefined {
  if (raw.vision_params !== undefined) return raw.vision_params;
  if (raw.architecture.startsWith('Llama4')) {
    return raw.params_computed - (raw.params_without_vision_or_mtp ?? 0);
  }
  return raw.architecture.startsWith('Mllama') ? MLLAMA_VISION : undefined;
}

function vision(raw: Raw): Flat {
  const params = visionParams(raw);
  const tower = towers.find(([name]) => name.test(raw.id))?.[1];
  if (params === undefined || tower === undefined) return {};
  return {
    'arch.vision.hiddenSize': tower[0],
    'arch.vision.intermediateSize': tower[1],
    'arch.vision.layers': tower[2],
    'arch.vision.heads': tower[3],
    'arch.vision.patchSize': tower[4],
    'arch.vision.params': params,
  };
}

function moe(raw: Raw): Flat {
  if (raw.num_experts === undefined) return {};
  const llama4 = raw.architecture.startsWith('Llama4');
  const step = raw.moe_layers === undefined ? 1 : raw.num_hidden_layers / raw.moe_layers;
  return {
    'arch.moe.experts': raw.num_experts,
    'arch.moe.expertsPerToken': raw.num_experts_per_tok,
    'arch.moe.expertIntermediateSize': raw.moe_intermediate_size ?? raw.intermediate_size,
    'arch.moe.sharedExperts': llama4 ? 1 : raw.n_shared_experts,
    'arch.moe.sharedIntermediateSize': raw.shared_expert_intermediate_size,
    'arch.moe.denseLayers': raw.first_k_dense_replace,
    'arch.moe.sparseStep': step === 1 ? undefined : step,
  };
}

function mla(raw: Raw): Flat {
  if (raw.kv_lora_rank === undefined) return {};
  return {
    'arch.mla.qLoraRank': raw.q_lora_rank,
    'arch.mla.kvLoraRank': raw.kv_lora_rank,
    'arch.mla.qkNopeHeadDim': raw.qk_nope_head_dim,
    'arch.mla.qkRopeHeadDim': raw.qk_rope_head_dim,
    'arch.mla.vHeadDim': raw.v_head_dim,
  };
}

function delta(raw: Raw): Flat {
  if (raw.linear_num_key_heads === undefined) return {};
  return {
    'arch.delta.keyHeads': raw.linear_num_key_heads,
    'arch.delta.valueHeads': raw.linear_num_value_heads,
    'arch.delta.keyHeadDim': raw.linear_key_head_dim,
    'arch.delta.valueHeadDim': raw.linear_value_head_dim,
    'arch.delta.kernel': raw.linear_conv_kernel_dim,
    'arch.delta.interval': raw.full_attention_interval,
  };
}

function modelType(raw: Raw): string {
  if (raw.id.startsWith('moonshotai/Kimi-K2')) return 'kimi_k2';
  const type = modelTypes[raw.architecture];
  if (type === undefined) throw new Error(`${raw.id}: no model_type for ${raw.architecture}`);
  return type;
}

const yes = (flag: boolean | undefined): true | undefined => (flag ? true : undefined);

function arch(raw: Raw): Flat {
  const type = modelType(raw);
  return {
    'arch.modelType': type,
    'arch.hiddenSize': raw.hidden_size,
    'arch.intermediateSize': raw.dense_intermediate_size ?? raw.intermediate_size,
    'arch.layers': raw.num_hidden_layers,
    'arch.heads': raw.num_attention_heads,
    'arch.kvHeads': raw.num_key_value_heads,
    'arch.headDim': raw.head_dim,
    'arch.vocabSize': raw.vocab_size,
    'arch.tieWordEmbeddings': raw.tie_word_embeddings,
    'arch.maxPositionEmbeddings': raw.max_position_embeddings,
    'arch.slidingWindow': raw.sliding_window ?? undefined,
    'arch.ropeTheta': raw.rope_theta,
    'arch.hiddenAct': raw.hidden_act,
    'arch.normType': raw.norm_type,
    'arch.qkvBias': yes(raw.attention_bias.qkv),
    'arch.outBias': yes(raw.attention_bias.o),
    'arch.mlpBias': yes(withMlpBias.includes(type)),
    'arch.qkNorm': yes(raw.qk_norm || /^(?:gemma3|qwen3_5|qwen3_next)/.test(type)),
    'arch.attnSoftcap': raw.attn_logit_softcapping,
    'arch.finalSoftcap': raw.final_logit_softcapping,
    'arch.encoderLayers': type === 't5' || type === 'mt5' ? raw.num_hidden_layers : undefined,
    'arch.crossAttentionLayers': raw.cross_attention_layers,
  };
}

/** Parameters that transformers loads: with the vision tower, without draft layers. */
function params(raw: Raw): number {
  const draft = raw.vision_params === undefined && !/Llama-4|Vision/.test(raw.id);
  return (draft ? raw.params_without_vision_or_mtp : undefined) ?? raw.params_computed;
}

const HUB = 'Hugging Face Hub API, 2026-09';

function shorten(source: string): string {
  return source
    .replace(/^github:/, '')
    .replace(/ \((?:copy of |trimmed )?HF config(?:\.json)?\)/, '')
    .replace(/ \(parent of commit ([0-9a-f]+)\)/, ' before $1')
    .replace(/^stored file id .*/, HUB)
    .replace(/^stored file \(.*/, HUB)
    .replace(/^stored (?=\d)/, 'Hugging Face Hub API: ')
    .replace(/^see numerics.md: stored (.*)/, '$1')
    .replace(/,? ?\(?(?:stored )?file id \d+\)?/, '');
}

function sources(raw: Raw): readonly string[] {
  const total = raw.published_evidence_level === 'stored' ? raw.published_evidence : [];
  const dims = raw.sources.some((source) => /recalled/.test(source))
    ? ['dimensions recalled; they give the published parameter count']
    : raw.sources;
  return [...new Set([...dims, ...total].map(shorten))].slice(0, 4);
}

const columns = [
  'id',
  'params',
  'dtype',
  'quantized',
  'sources',
  'arch.modelType',
  'arch.hiddenSize',
  'arch.intermediateSize',
  'arch.layers',
  'arch.heads',
  'arch.kvHeads',
  'arch.headDim',
  'arch.vocabSize',
  'arch.tieWordEmbeddings',
  'arch.maxPositionEmbeddings',
  'arch.hiddenAct',
  'arch.normType',
  'arch.ropeTheta',
  'arch.qkvBias',
  'arch.outBias',
  'arch.mlpBias',
  'arch.qkNorm',
  'arch.slidingWindow',
  'arch.attnSoftcap',
  'arch.finalSoftcap',
  'arch.encoderLayers',
  'arch.crossAttentionLayers',
  'arch.moe.experts',
  'arch.moe.expertsPerToken',
  'arch.moe.expertIntermediateSize',
  'arch.moe.sharedExperts',
  'arch.moe.sharedIntermediateSize',
  'arch.moe.denseLayers',
  'arch.moe.sparseStep',
  'arch.mla.qLoraRank',
  'arch.mla.kvLoraRank',
  'arch.mla.qkNopeHeadDim',
  'arch.mla.qkRopeHeadDim',
  'arch.mla.vHeadDim',
  'arch.vision.hiddenSize',
  'arch.vision.intermediateSize',
  'arch.vision.layers',
  'arch.vision.heads',
  'arch.vision.patchSize',
  'arch.vision.params',
  'arch.delta.keyHeads',
  'arch.delta.valueHeads',
  'arch.delta.keyHeadDim',
  'arch.delta.valueHeadDim',
  'arch.delta.kernel',
  'arch.delta.interval',
];

const [input, counted, out] = process.argv.slice(2);
if (input === undefined || counted === undefined || out === undefined) {
  throw new Error('usage: facts-models <models.json> <totals.json> <out>');
}
const data: { readonly models: readonly Raw[]; readonly totals_only: readonly TotalOnly[] } =
  JSON.parse(readFileSync(input, 'utf8'));

interface TotalOnly {
  readonly id: string;
  readonly params_published: number;
  readonly source: string;
}

const full = data.models.map((raw) => ({
  id: raw.id,
  params: params(raw),
  dtype: raw.torch_dtype,
  quantized: quantized[raw.id],
  sources: sources(raw),
  ...arch(raw),
  ...moe(raw),
  ...mla(raw),
  ...vision(raw),
  ...delta(raw),
}));
const more: readonly TotalOnly[] = JSON.parse(readFileSync(counted, 'utf8'));
const totals = [...data.totals_only, ...more].map((raw) => ({
  id: raw.id,
  params: raw.params_published,
  sources: [shorten(raw.source)],
}));
writeTable(out, columns, [...full, ...totals]);
