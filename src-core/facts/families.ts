/**
 * What a `model_type` fixes that its dimensions do not: which projections a block has and how many
 * norms. Read off the model code of transformers (and of the Hub for remote code), per family.
 */
export interface Family {
  /** `gated`: gate, up and down; `plain`: up and down. */
  readonly mlp: 'gated' | 'plain';
  /** Norms of one block over the hidden size, without the norms of queries and keys. */
  readonly norms: number;
  /** Weights of one norm per feature: 1 scale, 2 scale and shift, 0 without parameters. */
  readonly perNorm: 0 | 1 | 2;
  /** Norms of queries and keys where the config turns them on: over a head, or over all heads. */
  readonly qkNorm?: 'head' | 'heads';
  /** Learned positions: rows beyond `max_position_embeddings`. */
  readonly positions?: number;
  /** A norm after the token embedding. */
  readonly embeddingNorm?: true;
  /** The output head has a bias. */
  readonly headBias?: true;
  /** The query projection gives a gate for attention's result, too. */
  readonly outputGate?: true;
  /** One learned attention sink per head. */
  readonly sinks?: true;
  /** The router has a bias, or a score correction of the same size. */
  readonly routerBias?: true;
  /** A gate in front of the shared expert. */
  readonly sharedGate?: true;
  /** Every model of the family has experts. */
  readonly moe?: true;
  /** Encoder-decoder with relative position buckets. */
  readonly t5?: true;
}

const llama: Family = { mlp: 'gated', norms: 2, perNorm: 1 };
const layerNorm: Family = { mlp: 'plain', norms: 2, perNorm: 2 };
const qwen3: Family = { ...llama, qkNorm: 'head' };
const qwen35: Family = { ...qwen3, outputGate: true };
const moe: Family = { ...llama, moe: true };
const qwen2Moe: Family = { ...moe, sharedGate: true };
const qwen35Moe: Family = { ...qwen35, moe: true, sharedGate: true };
const gemma2: Family = { ...llama, norms: 4 };
const gemma3: Family = { ...gemma2, qkNorm: 'head' };
const cohere: Family = { mlp: 'gated', norms: 1, perNorm: 1, qkNorm: 'heads' };
const deepseekV3: Family = { ...moe, routerBias: true };
const olmo2: Family = { ...llama, qkNorm: 'heads' };
const t5: Family = { mlp: 'plain', norms: 2, perNorm: 1, t5: true };

const families: Readonly<Record<string, Family>> = {
  baichuan: llama,
  bloom: { ...layerNorm, embeddingNorm: true },
  chatglm: llama,
  cohere,
  cohere2: cohere,
  deepseek: moe,
  deepseek_v2: moe,
  deepseek_v3: deepseekV3,
  falcon: { mlp: 'plain', norms: 1, perNorm: 2 },
  gemma: llama,
  gemma2,
  gemma3,
  gemma3_text: gemma3,
  gemma4: gemma3,
  gemma4_text: gemma3,
  glm: llama,
  glm4: gemma2,
  glm4_moe: { ...deepseekV3, qkNorm: 'head' },
  gpt2: { ...layerNorm, positions: 0 },
  gpt_neox: layerNorm,
  gpt_oss: { ...moe, sinks: true, routerBias: true },
  gptj: { mlp: 'plain', norms: 1, perNorm: 2, headBias: true },
  granite: llama,
  internlm: llama,
  internlm2: llama,
  internlm3: llama,
  kimi_k2: deepseekV3,
  llama,
  llama4: moe,
  llama4_text: moe,
  mimo: llama,
  minicpm: llama,
  minicpm3: llama,
  mistral: llama,
  mixtral: moe,
  mllama: llama,
  mt5: t5,
  olmo: { mlp: 'gated', norms: 2, perNorm: 0 },
  olmo2,
  olmoe: { ...olmo2, moe: true },
  opt: { ...layerNorm, positions: 2 },
  phi: { mlp: 'plain', norms: 1, perNorm: 2, headBias: true },
  phi3: llama,
  phimoe: { ...moe, perNorm: 2, headBias: true },
  qwen: llama,
  qwen2: llama,
  qwen2_5_vl: llama,
  qwen2_moe: qwen2Moe,
  qwen2_vl: llama,
  qwen3,
  qwen3_5: qwen35,
  qwen3_5_moe: qwen35Moe,
  qwen3_5_moe_text: qwen35Moe,
  qwen3_5_text: qwen35,
  qwen3_moe: { ...qwen3, moe: true },
  qwen3_next: qwen35Moe,
  qwen3_vl: qwen3,
  qwen3_vl_moe: { ...qwen3, moe: true },
  seed_oss: llama,
  smollm3: llama,
  stablelm: { mlp: 'gated', norms: 2, perNorm: 2 },
  starcoder2: layerNorm,
  t5,
};

/** The family of a `model_type`, or `undefined` where its blocks are not known to us. */
export function familyOf(modelType: string): Family | undefined {
  return Object.hasOwn(families, modelType) ? families[modelType] : undefined;
}
