import type { DType } from './dtypes.ts';

/**
 * The architecture of a decoder or encoder-decoder, as its `config.json` gives it.
 * Only what the estimate and the probe read; absent means the config does not say.
 */
export interface ArchSpec {
  /** `model_type` of config.json: `qwen2`, `llama`, `gemma3_text`, `gpt_oss`, ... */
  readonly modelType: string;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  /** Defaults to hiddenSize / heads. */
  readonly headDim: number;
  readonly vocabSize: number;
  readonly tieWordEmbeddings: boolean;
  readonly maxPositionEmbeddings?: number;
  readonly slidingWindow?: number;
  readonly ropeTheta?: number;
  readonly hiddenAct?: string;
  readonly normType?: 'rmsnorm' | 'layernorm';
  readonly qkvBias?: boolean;
  readonly outBias?: boolean;
  readonly mlpBias?: boolean;
  readonly qkNorm?: boolean;
  readonly attnSoftcap?: number;
  readonly finalSoftcap?: number;
  readonly moe?: MoeSpec;
  /** Multi-head latent attention (DeepSeek-V2/V3). */
  readonly mla?: MlaSpec;
  /** Most layers are gated delta nets (Qwen3.5). */
  readonly delta?: DeltaSpec;
  /** Layers differ in their widths (Gemma 4). */
  readonly varied?: VariedSpec;
  /** Encoder layers of an encoder-decoder (T5). */
  readonly encoderLayers?: number;
  /** How many of `layers` attend to the image instead of the text (Llama 3.2 Vision). */
  readonly crossAttentionLayers?: number;
  /** Vision tower, where the config shows one. */
  readonly vision?: VisionSpec;
}

/** Mixture of experts. Sizes in features, counts in experts. */
export interface MoeSpec {
  readonly experts: number;
  readonly expertsPerToken: number;
  readonly expertIntermediateSize: number;
  readonly sharedExperts?: number;
  readonly sharedIntermediateSize?: number;
  /** Layers in front that stay dense. */
  readonly denseLayers?: number;
  /** Every n-th layer is sparse (1: all of them). */
  readonly sparseStep?: number;
}

/** Low-rank attention projections, in features. */
export interface MlaSpec {
  readonly qLoraRank?: number;
  readonly kvLoraRank: number;
  readonly qkNopeHeadDim: number;
  readonly qkRopeHeadDim: number;
  readonly vHeadDim: number;
}

/** Gated delta nets, the linear attention of most layers. Sizes in features, counts in heads. */
export interface DeltaSpec {
  readonly keyHeads: number;
  readonly valueHeads: number;
  readonly keyHeadDim: number;
  readonly valueHeadDim: number;
  /** Tokens that the convolution in front looks at. */
  readonly kernel: number;
  /** Every n-th layer has full attention instead. */
  readonly interval: number;
}

/** What differs from layer to layer. Sizes in features, counts in heads and layers. */
export interface VariedSpec {
  /** Every n-th layer has full attention, with heads of its own; the others slide. */
  readonly interval: number;
  readonly headDim: number;
  readonly kvHeads: number;
  /** Layers with full attention take the projection of keys for values, too. */
  readonly keyIsValue?: boolean;
  /** Layers at the end that take keys and values of an earlier one. */
  readonly sharedLayers?: number;
  /** Those have a feed-forward block of twice the width. */
  readonly sharedWide?: boolean;
  /** Width of the embedding that each layer has for itself. */
  readonly perLayer?: number;
}

/** A vision tower in front of the decoder. */
export interface VisionSpec {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly patchSize?: number;
  readonly params?: number;
}

/** A model of the table, or one read from a `config.json`. */
export interface ModelRecord {
  /** Hub id: `Qwen/Qwen2.5-7B-Instruct`. */
  readonly id: string;
  /** Absent where only totals are known. */
  readonly arch?: ArchSpec;
  /** Dtype the checkpoint was published in. */
  readonly dtype?: DType;
  /** Parameters in memory, a tied head counted once. */
  readonly params: number;
  /** `table`: by id; `base`: the id's base model; `config`: a config.json; `name-size`: only the size in the name. */
  readonly basis: 'table' | 'base' | 'config' | 'name-size';
  readonly sources: readonly string[];
  /** Format the checkpoint is already quantised in: `gptq`, `awq`, `bnb-4bit`, `fp8`, `mxfp4`, ... */
  readonly quantized?: string;
}
