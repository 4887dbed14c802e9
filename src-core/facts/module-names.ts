/**
 * Names of the modules that models of a `model_type` are made of, as `named_modules()` lists them:
 * the parts of the dotted paths, without layer numbers. Read off models that transformers 5.17
 * builds from its default configs, older names of the same modules added. Families whose modules
 * differ from model to model (vision towers, remote code) are left out.
 */
export interface ModuleNames {
  /** Every part of every path. */
  readonly all: ReadonlySet<string>;
  /** Those that hold no weights a LoRA layer could stand beside: blocks, norms, activations. */
  readonly bare: ReadonlySet<string>;
}

/** Heads that a task puts on any backbone. */
const HEADS = 'lm_head score classifier qa_outputs v_head summary embed_out';
/** What stands in the head that classifies with an encoder and a decoder. */
const CLASSIFIER = 'classification_head dense out_proj';
const BLOCKS = 'model layers self_attn mlp act_fn rotary_emb norm';
const NORMS = 'input_layernorm post_attention_layernorm';
const ATTENTION = 'q_proj k_proj v_proj o_proj';
const GATED = 'gate_proj up_proj down_proj';
const DELTA = 'conv1d in_proj_qkv in_proj_z in_proj_b in_proj_a out_proj';

const decoder = {
  bare: `${BLOCKS} ${NORMS}`,
  layers: `embed_tokens ${ATTENTION} ${GATED}`,
};
const qkNorm = { ...decoder, bare: `${decoder.bare} q_norm k_norm` };
const fourNorms = {
  ...decoder,
  bare: `${decoder.bare} pre_feedforward_layernorm post_feedforward_layernorm`,
};
const olmo2 = { ...qkNorm, bare: `${qkNorm.bare} post_feedforward_layernorm` };
const glm = {
  bare: `${BLOCKS} ${NORMS} activation_fn`,
  layers: `embed_tokens ${ATTENTION} gate_up_proj down_proj`,
};
/** Experts are modules of their own before transformers 5, and fused parameters since. */
const experts = {
  bare: BLOCKS,
  layers: `${decoder.layers} ${NORMS} q_norm k_norm gate experts router gate_up_proj w1 w2 w3 block_sparse_moe shared_expert shared_expert_gate shared_experts`,
};
const gpt = 'transformer h attn mlp act dropout drop attn_dropout resid_dropout ln_1 ln_2 ln_f';
const neox = 'dense dense_h_to_4h dense_4h_to_h query_key_value';
const t5 = {
  bare: 'encoder decoder block layer SelfAttention EncDecAttention DenseReluDense act dropout layer_norm final_layer_norm',
  layers: `shared embed_tokens q k v o wi wi_0 wi_1 wo relative_attention_bias ${CLASSIFIER}`,
};

const FAMILIES: {
  readonly [modelType: string]: { readonly bare: string; readonly layers: string };
} = {
  bart: {
    bare: 'model encoder decoder layers self_attn encoder_attn activation_fn self_attn_layer_norm encoder_attn_layer_norm final_layer_norm layernorm_embedding',
    layers: `shared embed_tokens embed_positions q_proj k_proj v_proj out_proj fc1 fc2 ${CLASSIFIER}`,
  },
  bloom: {
    bare: `transformer h self_attention mlp attention_dropout gelu_impl word_embeddings_layernorm ln_f ${NORMS}`,
    layers: `word_embeddings ${neox}`,
  },
  cohere: qkNorm,
  cohere2: qkNorm,
  falcon: {
    bare: `transformer h self_attention mlp act attention_dropout rotary_emb maybe_rotary ln_f ln_attn ln_mlp ${NORMS}`,
    layers: `word_embeddings ${neox}`,
  },
  gemma: decoder,
  gemma2: fourNorms,
  gemma3_text: { ...fourNorms, bare: `${fourNorms.bare} q_norm k_norm` },
  glm,
  glm4: { ...glm, bare: `${glm.bare} post_self_attn_layernorm post_mlp_layernorm` },
  gpt2: { bare: gpt, layers: 'wte wpe c_attn c_proj c_fc q_attn crossattention' },
  gpt_bigcode: { bare: gpt, layers: 'wte wpe c_attn c_proj c_fc q_attn' },
  gpt_neo: {
    bare: `${gpt} attention`,
    layers: 'wte wpe q_proj k_proj v_proj out_proj c_fc c_proj',
  },
  gpt_neox: {
    bare: `gpt_neox layers attention mlp act rotary_emb emb_dropout post_attention_dropout post_mlp_dropout final_layer_norm ${NORMS}`,
    layers: `embed_in ${neox}`,
  },
  gptj: { bare: gpt, layers: 'wte q_proj k_proj v_proj out_proj fc_in fc_out' },
  granite: decoder,
  llama: decoder,
  mistral: decoder,
  mixtral: experts,
  mpt: {
    bare: 'transformer blocks attn ffn act norm_1 norm_2 norm_f resid_attn_dropout',
    layers: 'wte Wqkv out_proj up_proj down_proj',
  },
  mt5: t5,
  olmo: decoder,
  olmo2,
  olmo3: olmo2,
  olmoe: experts,
  opt: {
    bare: 'model decoder layers self_attn activation_fn self_attn_layer_norm final_layer_norm',
    layers:
      'embed_tokens embed_positions q_proj k_proj v_proj out_proj fc1 fc2 project_in project_out',
  },
  phi: {
    bare: 'model layers self_attn mlp activation_fn rotary_emb embed_dropout resid_dropout input_layernorm final_layernorm',
    layers: 'embed_tokens q_proj k_proj v_proj dense fc1 fc2 Wqkv out_proj',
  },
  phi3: {
    bare: `${BLOCKS} ${NORMS} activation_fn resid_attn_dropout resid_mlp_dropout`,
    layers: 'embed_tokens qkv_proj o_proj gate_up_proj down_proj',
  },
  qwen2: decoder,
  qwen2_moe: experts,
  qwen3: qkNorm,
  qwen3_5_moe_text: { bare: BLOCKS, layers: `${experts.layers} linear_attn ${DELTA}` },
  qwen3_5_text: {
    bare: `${qkNorm.bare} linear_attn`,
    layers: `${decoder.layers} ${DELTA}`,
  },
  qwen3_moe: experts,
  qwen3_next: {
    bare: BLOCKS,
    layers: `${experts.layers} linear_attn conv1d in_proj_qkvz in_proj_ba out_proj`,
  },
  seed_oss: decoder,
  smollm3: decoder,
  stablelm: { ...decoder, bare: `${decoder.bare} dropout q_layernorm k_layernorm` },
  starcoder2: {
    bare: `${BLOCKS} ${NORMS} act`,
    layers: `embed_tokens ${ATTENTION} c_fc c_proj`,
  },
  t5,
};

const known = new Map<string, ModuleNames>();

/** The module names of a `model_type`, or `undefined` where they are not known for sure. */
export function moduleNames(modelType: string): ModuleNames | undefined {
  const cached = known.get(modelType);
  if (cached !== undefined || !Object.hasOwn(FAMILIES, modelType)) return cached;
  const family = FAMILIES[modelType];
  if (family === undefined) return undefined;
  const words = (text: string): readonly string[] => text.split(' ');
  const names = {
    all: new Set([...words(family.bare), ...words(family.layers), ...words(HEADS)]),
    bare: new Set(words(family.bare)),
  };
  known.set(modelType, names);
  return names;
}

/** Whether models of some family have modules of this name. */
export function isModuleName(name: string): boolean {
  return Object.keys(FAMILIES).some((type) => moduleNames(type)?.all.has(name) === true);
}

/**
 * `model_type`s for which PEFT 0.21 picks LoRA's target modules itself (utils/constants.py,
 * TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING); any other needs `target_modules`.
 */
const PICKED: ReadonlySet<string> = new Set([
  ...['bart', 'bert', 'blip-2', 'bloom', 'btlm', 'chatglm', 'codegen', 'deberta', 'deberta-v2'],
  ...['electra', 'falcon', 'gemma', 'gemma2', 'gemma3_text', 'gemma4', 'gpt2', 'gpt_bigcode'],
  ...['gpt_neo', 'gpt_neox', 'gptj', 'layoutlm', 'llama', 'llama4', 'mistral', 'mixtral', 'mpt'],
  ...['mt5', 'nemotron_h', 'opt', 'phi', 'qwen2', 'qwen3', 'RefinedWeb', 'RefinedWebModel'],
  ...['roberta', 'rwkv', 'rwkv7', 'stablelm', 't5', 'xlm-roberta'],
]);

/** Whether PEFT knows which modules of a model to adapt when none are named. */
export function targetsPicked(modelType: string): boolean {
  return PICKED.has(modelType);
}
