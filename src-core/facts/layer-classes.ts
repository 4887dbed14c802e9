/**
 * Classes of the decoder layers by `model_type`: `_no_split_modules` of the models that transformers
 * 5.17 builds from its default configs, without those of vision towers. Older releases have the same
 * names. Families with another backbone in each model, or with remote code only, are left out.
 */
const LAYERS: { readonly [modelType: string]: readonly string[] } = {
  bloom: ['BloomBlock'],
  cohere: ['CohereDecoderLayer'],
  cohere2: ['Cohere2DecoderLayer'],
  deepseek_v2: ['DeepseekV2DecoderLayer'],
  deepseek_v3: ['DeepseekV3DecoderLayer'],
  falcon: ['FalconDecoderLayer'],
  gemma: ['GemmaDecoderLayer'],
  gemma2: ['Gemma2DecoderLayer'],
  gemma3: ['Gemma3DecoderLayer'],
  gemma3_text: ['Gemma3DecoderLayer'],
  gemma4: ['Gemma4TextDecoderLayer'],
  gemma4_text: ['Gemma4TextDecoderLayer'],
  glm: ['GlmDecoderLayer'],
  glm4: ['Glm4DecoderLayer'],
  glm4_moe: ['Glm4MoeDecoderLayer'],
  gpt2: ['GPT2Block'],
  gpt_bigcode: ['GPTBigCodeBlock'],
  gpt_neo: ['GPTNeoBlock'],
  gpt_neox: ['GPTNeoXLayer'],
  gpt_oss: ['GptOssDecoderLayer'],
  gptj: ['GPTJBlock'],
  granite: ['GraniteDecoderLayer'],
  llama: ['LlamaDecoderLayer'],
  llama4: ['Llama4TextDecoderLayer'],
  mistral: ['MistralDecoderLayer'],
  mixtral: ['MixtralDecoderLayer'],
  mllama: ['MllamaSelfAttentionDecoderLayer', 'MllamaCrossAttentionDecoderLayer'],
  mpt: ['MptBlock'],
  mt5: ['MT5Block'],
  olmo: ['OlmoDecoderLayer'],
  olmo2: ['Olmo2DecoderLayer'],
  olmo3: ['Olmo3DecoderLayer'],
  olmoe: ['OlmoeDecoderLayer'],
  opt: ['OPTDecoderLayer'],
  phi: ['PhiDecoderLayer'],
  phi3: ['Phi3DecoderLayer'],
  qwen2: ['Qwen2DecoderLayer'],
  qwen2_5_vl: ['Qwen2_5_VLDecoderLayer'],
  qwen2_moe: ['Qwen2MoeDecoderLayer'],
  qwen2_vl: ['Qwen2VLDecoderLayer'],
  qwen3: ['Qwen3DecoderLayer'],
  qwen3_5: ['Qwen3_5DecoderLayer'],
  qwen3_5_moe: ['Qwen3_5MoeDecoderLayer'],
  qwen3_5_moe_text: ['Qwen3_5MoeDecoderLayer'],
  qwen3_5_text: ['Qwen3_5DecoderLayer'],
  qwen3_moe: ['Qwen3MoeDecoderLayer'],
  qwen3_next: ['Qwen3NextDecoderLayer'],
  qwen3_vl: ['Qwen3VLTextDecoderLayer'],
  qwen3_vl_moe: ['Qwen3VLMoeTextDecoderLayer'],
  seed_oss: ['SeedOssDecoderLayer'],
  smollm3: ['SmolLM3DecoderLayer'],
  stablelm: ['StableLmDecoderLayer'],
  starcoder2: ['Starcoder2DecoderLayer'],
  t5: ['T5Block'],
};

/** The decoder layers of a `model_type`, or `undefined` where they are not known for sure. */
export function layerClasses(modelType: string): readonly string[] | undefined {
  return Object.hasOwn(LAYERS, modelType) ? LAYERS[modelType] : undefined;
}

/** Whether this class is a decoder layer of some family, and thus of no other. */
export function isLayerClass(name: string): boolean {
  return Object.values(LAYERS).some((classes) => classes.includes(name));
}
