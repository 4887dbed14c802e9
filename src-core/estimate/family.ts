import type { ArchSpec } from '../facts/model.ts';

/** How one decoder layer of a model type is built, as far as memory sees it. */
export interface Family {
  /**
   * `rms`: x in fp32, weight after the cast back (Llama). `rms-late`: weight in fp32, then the cast
   * (OLMo 2). `gemma`: 1 + weight in fp32. `layer`: LayerNorm. `bare`: LayerNorm without weights.
   */
  readonly norm: 'rms' | 'rms-late' | 'gemma' | 'layer' | 'bare';
  /** LayerNorm has a bias beside its weight. */
  readonly normBias: boolean;
  /** Norms after attention and MLP too (Gemma 2 and 3), or only there (OLMo 2). */
  readonly norms: 'pre' | 'pre-post' | 'post';
  readonly qkvBias: boolean;
  readonly outBias: boolean;
  readonly mlpBias: boolean;
  /** RMSNorm on q and k: per head (Qwen3) or over the full width (OLMo 2). */
  readonly qkNorm: 'none' | 'head' | 'full';
  /** One product for q, k and v. `interleaved`: views of the product; `split`: slices of it (Phi-3). */
  readonly fusedQkv: 'none' | 'interleaved' | 'split';
  readonly fusedGateUp: boolean;
  readonly mlp: 'gated' | 'plain';
  readonly act: 'silu' | 'gelu' | 'gelu_tanh' | 'gelu_new' | 'relu' | 'relu2';
  readonly positions: 'rope' | 'learned' | 'none';
  /** Part of the head width that is rotated; below 1 the halves are joined again. */
  readonly rotaryFraction: number;
  /** The rotated part is joined with the rest even where nothing is left (Phi-3). */
  readonly joinsWhole: boolean;
  readonly parallelResidual: boolean;
  /** Attention and MLP share one norm (Phi, Cohere, Falcon). */
  readonly sharedNorm: boolean;
  readonly headBias: boolean;
  /** Each block's output is multiplied by a constant (Granite). */
  readonly scaledResidual: boolean;
  /** Position rows of a learned table beyond max_position_embeddings. */
  readonly positionOffset: number;
  /** Dropout that is on by default in the published configs. */
  readonly hiddenDropout: number;
  /** The embedding is multiplied by a constant (Gemma). */
  readonly scaledEmbedding: boolean;
  /** q is multiplied by a constant before attention, in memory (OPT). */
  readonly scaledQuery: boolean;
  /** The query projection gives a gate for attention's result, too (Qwen3.5). */
  readonly outputGate: boolean;
  /** A learned logit beside the scores of each head, no fused kernel, and clamped experts with biases (gpt-oss). */
  readonly sinks: boolean;
  /** Names of the linear layers, as PEFT's targets know them. */
  readonly names: LinearNames;
  /** Every n-th layer has full attention, the others slide (Gemma 2 and 3); 0: all layers do the same. */
  readonly fullEvery: number;
  /** Fewer key heads meet all query heads by broadcasting: no fused kernel takes that. */
  readonly broadcastHeads: boolean;
  /** Whether the table below describes this model type, or Llama's stands in. */
  readonly exact: boolean;
}

/** Module names of the linear layers of one decoder layer. */
export interface LinearNames {
  readonly q: string;
  readonly k: string;
  readonly v: string;
  readonly qkv: string;
  readonly o: string;
  readonly gate: string;
  readonly up: string;
  readonly gateUp: string;
  readonly down: string;
}

const LLAMA_NAMES: LinearNames = {
  q: 'q_proj',
  k: 'k_proj',
  v: 'v_proj',
  qkv: 'qkv_proj',
  o: 'o_proj',
  gate: 'gate_proj',
  up: 'up_proj',
  gateUp: 'gate_up_proj',
  down: 'down_proj',
};

const LLAMA: Family = {
  norm: 'rms',
  normBias: false,
  norms: 'pre',
  qkvBias: false,
  outBias: false,
  mlpBias: false,
  qkNorm: 'none',
  fusedQkv: 'none',
  fusedGateUp: false,
  mlp: 'gated',
  act: 'silu',
  positions: 'rope',
  rotaryFraction: 1,
  joinsWhole: false,
  parallelResidual: false,
  sharedNorm: false,
  headBias: false,
  scaledResidual: false,
  positionOffset: 0,
  hiddenDropout: 0,
  scaledEmbedding: false,
  scaledQuery: false,
  outputGate: false,
  sinks: false,
  names: LLAMA_NAMES,
  fullEvery: 0,
  broadcastHeads: false,
  exact: true,
};

const QWEN2: Family = { ...LLAMA, qkvBias: true };
const QWEN3: Family = { ...LLAMA, qkNorm: 'head' };
const QWEN35: Family = { ...QWEN3, norm: 'gemma', rotaryFraction: 0.25, outputGate: true };
const GEMMA: Family = { ...LLAMA, norm: 'gemma', act: 'gelu_tanh', scaledEmbedding: true };
const GEMMA2: Family = { ...GEMMA, norms: 'pre-post', fullEvery: 2 };
const GEMMA3: Family = { ...GEMMA2, qkNorm: 'head', fullEvery: 6 };
const GEMMA4: Family = { ...GEMMA3, norm: 'rms-late', fullEvery: 0 };
const PHI3: Family = { ...LLAMA, fusedQkv: 'split', fusedGateUp: true, joinsWhole: true };
const GPT_OSS: Family = { ...QWEN2, norm: 'rms-late', outBias: true, sinks: true };
const OLMO: Family = { ...LLAMA, norm: 'bare' };
const OLMO2: Family = { ...LLAMA, norm: 'rms-late', norms: 'post', qkNorm: 'full' };
const GLM: Family = { ...LLAMA, qkvBias: true, fusedGateUp: true, rotaryFraction: 0.5 };
const GLM4: Family = { ...GLM, norms: 'pre-post' };
const COHERE: Family = {
  ...LLAMA,
  norm: 'rms-late',
  parallelResidual: true,
  sharedNorm: true,
  exact: false,
};
const STABLELM: Family = { ...LLAMA, norm: 'layer', normBias: true, rotaryFraction: 0.25 };
const NEMOTRON: Family = { ...STABLELM, mlp: 'plain', act: 'relu2', rotaryFraction: 0.5 };
const NEOX: Family = {
  ...LLAMA,
  norm: 'layer',
  normBias: true,
  qkvBias: true,
  outBias: true,
  mlpBias: true,
  fusedQkv: 'interleaved',
  mlp: 'plain',
  act: 'gelu',
  rotaryFraction: 0.25,
  parallelResidual: true,
  names: {
    ...LLAMA_NAMES,
    qkv: 'query_key_value',
    o: 'dense',
    up: 'dense_h_to_4h',
    down: 'dense_4h_to_h',
  },
};
const OPT: Family = {
  ...NEOX,
  fusedQkv: 'none',
  act: 'relu',
  positions: 'learned',
  rotaryFraction: 1,
  parallelResidual: false,
  positionOffset: 2,
  hiddenDropout: 0.1,
  scaledQuery: true,
  names: { ...LLAMA_NAMES, o: 'out_proj', up: 'fc1', down: 'fc2' },
};
const PHI: Family = {
  ...NEOX,
  fusedQkv: 'none',
  act: 'gelu_new',
  rotaryFraction: 0.5,
  sharedNorm: true,
  headBias: true,
  names: { ...LLAMA_NAMES, o: 'dense', up: 'fc1', down: 'fc2' },
};
const STARCODER2: Family = {
  ...NEOX,
  fusedQkv: 'none',
  act: 'gelu_tanh',
  rotaryFraction: 1,
  parallelResidual: false,
  names: { ...LLAMA_NAMES, up: 'c_fc', down: 'c_proj' },
};
const GPT2: Family = {
  ...NEOX,
  fusedQkv: 'interleaved',
  act: 'gelu_new',
  positions: 'learned',
  rotaryFraction: 1,
  parallelResidual: false,
  hiddenDropout: 0.1,
  exact: false,
  names: { ...LLAMA_NAMES, qkv: 'c_attn', o: 'c_proj', up: 'c_fc', down: 'c_proj' },
};

const FALCON: Family = {
  ...NEOX,
  qkvBias: false,
  outBias: false,
  mlpBias: false,
  rotaryFraction: 1,
  sharedNorm: true,
  broadcastHeads: true,
  exact: false,
};
const BLOOM: Family = {
  ...NEOX,
  positions: 'none',
  rotaryFraction: 1,
  parallelResidual: false,
  exact: false,
};

/** transformers 5.17 `models/<type>/modeling_<type>.py`, read type by type. */
const FAMILIES: Readonly<Record<string, Family>> = {
  llama: LLAMA,
  mistral: LLAMA,
  ministral: LLAMA,
  mixtral: LLAMA,
  smollm3: LLAMA,
  deepseek_v2: LLAMA,
  deepseek_v3: LLAMA,
  ernie4_5: LLAMA,
  helium: LLAMA,
  granite: { ...LLAMA, scaledResidual: true, scaledEmbedding: true },
  granitemoe: { ...LLAMA, scaledResidual: true, scaledEmbedding: true },
  arcee: { ...LLAMA, mlp: 'plain', act: 'relu2' },
  seed_oss: QWEN2,
  qwen2: QWEN2,
  qwen2_moe: QWEN2,
  qwen3: QWEN3,
  qwen3_moe: QWEN3,
  qwen3_5: QWEN35,
  qwen3_5_text: QWEN35,
  qwen3_5_moe: QWEN35,
  qwen3_5_moe_text: QWEN35,
  qwen3_next: QWEN35,
  gemma: GEMMA,
  gemma2: GEMMA2,
  gemma3: GEMMA3,
  gemma3_text: GEMMA3,
  gemma4: GEMMA4,
  gemma4_text: GEMMA4,
  phi3: PHI3,
  phi: PHI,
  exaone4: { ...QWEN3, norms: 'post' },
  olmo: OLMO,
  olmo2: OLMO2,
  olmo3: OLMO2,
  olmoe: { ...LLAMA, qkNorm: 'full' },
  glm: GLM,
  glm4: GLM4,
  glm4_moe: { ...QWEN2, rotaryFraction: 0.5 },
  cohere: COHERE,
  cohere2: COHERE,
  stablelm: STABLELM,
  nemotron: NEMOTRON,
  falcon: FALCON,
  bloom: BLOOM,
  gpt_neox: NEOX,
  opt: OPT,
  gpt2: GPT2,
  gpt_oss: GPT_OSS,
  starcoder2: STARCODER2,
};

/** Whether the rotated part of queries and keys is joined with the rest (`torch.cat`), which lays them out head by head. */
export function joinsRotated({ positions, rotaryFraction, joinsWhole }: Family): boolean {
  return positions === 'rope' && (joinsWhole || rotaryFraction < 1);
}

/** The build of `arch`: the table's row for its model type, with what its config states on top. */
export function familyOf(arch: ArchSpec): Family {
  const row = FAMILIES[arch.modelType];
  const base = row ?? { ...LLAMA, exact: false };
  return {
    ...base,
    ...(row === undefined && arch.normType === 'layernorm'
      ? { norm: 'layer' as const, normBias: true }
      : {}),
    ...(arch.qkvBias === undefined ? {} : { qkvBias: arch.qkvBias }),
    ...(arch.outBias === undefined ? {} : { outBias: arch.outBias }),
    ...(arch.mlpBias === undefined ? {} : { mlpBias: arch.mlpBias }),
    ...(base.qkNorm === 'none' && arch.qkNorm ? { qkNorm: 'head' as const } : {}),
  };
}
