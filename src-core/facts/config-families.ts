import type { Family } from './families.ts';

/** What a family's config class assumes where config.json leaves a field out. */
export interface ConfigDefaults {
  readonly tied?: boolean;
  readonly heads?: number;
  readonly kvHeads?: number;
  readonly headDim?: number;
  readonly vocabSize?: number;
  readonly act?: string;
  readonly qkvBias?: boolean;
  readonly outBias?: boolean;
  readonly mlpBias?: boolean;
  readonly qkNorm?: boolean;
  /** Rows of learned positions. */
  readonly positions?: number;
  /** `intermediate_size` is this many times the hidden size where it is left out. */
  readonly ffnTimes?: number;
  /** The config's `intermediate_size` counts gate and up together. */
  readonly ffnHalved?: boolean;
  /** `intermediate_size` is the width of an expert. */
  readonly ffnIsExpert?: boolean;
}

const allBias: ConfigDefaults = { qkvBias: true, outBias: true, mlpBias: true };
const tied: ConfigDefaults = { tied: true };
const gemma3: ConfigDefaults = {
  tied: true,
  heads: 8,
  kvHeads: 4,
  headDim: 256,
  vocabSize: 262208,
  act: 'gelu_pytorch_tanh',
  qkNorm: true,
};

const gemma4: ConfigDefaults = {
  tied: true,
  heads: 8,
  kvHeads: 4,
  headDim: 256,
  vocabSize: 262144,
  act: 'gelu_pytorch_tanh',
  qkNorm: true,
};

/** Read off the config classes of transformers 5.17 and the remote code of the Hub repositories. */
const defaults: Readonly<Record<string, ConfigDefaults>> = {
  bloom: { ...allBias, tied: true, ffnTimes: 4, act: 'gelu_bloom' },
  chatglm: { act: 'swiglu' },
  cohere: tied,
  cohere2: tied,
  falcon: { tied: true, ffnTimes: 4, act: 'gelu' },
  gemma: { tied: true, headDim: 256 },
  gemma2: { tied: true, headDim: 256, act: 'gelu_pytorch_tanh' },
  gemma3,
  gemma3_text: { ...gemma3, vocabSize: 262208 },
  gemma4,
  gemma4_text: gemma4,
  glm: { qkvBias: true },
  glm4: { qkvBias: true },
  gpt2: { ...allBias, tied: true, ffnTimes: 4, act: 'gelu_new', positions: 1024 },
  gpt_neox: allBias,
  gpt_oss: { ...allBias, headDim: 64, ffnIsExpert: true },
  gptj: { mlpBias: true, ffnTimes: 4, act: 'gelu_new' },
  minicpm: tied,
  mimo: { qkvBias: true },
  mixtral: { ffnIsExpert: true },
  mt5: { tied: true, act: 'gated-gelu' },
  olmo2: { qkNorm: true },
  olmoe: { qkNorm: true, ffnIsExpert: true },
  opt: { ...allBias, tied: true, act: 'relu', positions: 2048 },
  phi: allBias,
  phimoe: { ffnIsExpert: true },
  qwen: { qkvBias: true, ffnHalved: true },
  qwen2: { qkvBias: true },
  qwen2_5_vl: { qkvBias: true },
  qwen2_moe: { qkvBias: true },
  qwen2_vl: { qkvBias: true },
  qwen3: { headDim: 128, qkNorm: true },
  qwen3_5: { headDim: 256, qkNorm: true },
  qwen3_5_moe: { headDim: 256, qkNorm: true },
  qwen3_5_moe_text: { headDim: 256, qkNorm: true },
  qwen3_5_text: { headDim: 256, qkNorm: true },
  qwen3_moe: { qkNorm: true },
  qwen3_next: { headDim: 256, qkNorm: true },
  qwen3_vl: { headDim: 128, qkNorm: true },
  qwen3_vl_moe: { headDim: 128, qkNorm: true },
  seed_oss: { qkvBias: true },
  smollm3: tied,
  starcoder2: { ...allBias, tied: true, act: 'gelu_pytorch_tanh' },
  t5: tied,
};

/** The defaults of a `model_type`; empty where its config class assumes nothing that we use. */
export function configDefaults(modelType: string): ConfigDefaults {
  return Object.hasOwn(defaults, modelType) ? (defaults[modelType] ?? {}) : {};
}

/** The kind of norm that a family's blocks use. */
export function normTypeOf(family: Family, modelType: string): 'rmsnorm' | 'layernorm' {
  const plain = modelType === 'olmo' || modelType === 'cohere' || modelType === 'cohere2';
  return family.perNorm === 2 || plain ? 'layernorm' : 'rmsnorm';
}
