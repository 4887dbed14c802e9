import type { DType, MixedPrecision } from '../facts/dtypes.ts';
import type { ArchSpec } from '../facts/model.ts';
import type {
  AllocatorConf,
  Attention,
  Method,
  Quantization,
  Stage,
  ZeroBuckets,
} from '../run/training-run.ts';

/** LoRA or DoRA adapters, as PEFT builds them. */
export interface AdapterSpec {
  readonly rank: number;
  readonly dropout: number;
  /** `all-linear` (every linear layer but the head), or module names. */
  readonly targets: 'all-linear' | readonly string[];
  readonly rslora: boolean;
  /** Modules that train in full beside the adapters (`lm_head`, `embed_tokens`). */
  readonly modulesToSave: readonly string[];
  /** Dtype of the adapter weights: float32 is PEFT's `autocast_adapter_dtype` default. */
  readonly dtype: DType;
}

/** Gradient checkpointing: `none`, or which of torch's two implementations recomputes. */
export interface CheckpointingSpec {
  readonly mode: 'none' | 'reentrant' | 'non-reentrant';
  /** Recompute every n-th layer; 1 is transformers' default. */
  readonly everyLayers: number;
  /** Keeps checkpoints in host memory. */
  readonly offload: boolean;
}

/** How the work is spread. Counts are GPUs. */
export interface ParallelSpec {
  readonly world: number;
  readonly engine: 'none' | 'deepspeed' | 'fsdp' | 'fsdp2' | 'megatron';
  readonly zeroStage: 0 | 1 | 2 | 3;
  readonly buckets?: ZeroBuckets;
  readonly offloadOptimizer: boolean;
  readonly offloadParams: boolean;
  readonly tensor: number;
  readonly pipeline: number;
  readonly sequence: number;
  readonly expert: number;
}

/** What preference and reinforcement training add. Lengths in tokens. */
export interface RolloutSpec {
  /** A frozen copy of the model held as reference (not the adapters switched off). */
  readonly referenceModel: boolean;
  /** PPO: a value model of the same size that trains too. */
  readonly valueModel: boolean;
  /** A frozen reward model of the same size in the same process. */
  readonly rewardModel: boolean;
  /** Policy training scores its samples on the reference too (GRPO with `beta` above 0). */
  readonly klPenalty: boolean;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** The limit of a sequence is of the prompt alone. */
  readonly promptAlone: boolean;
  /** Completions sampled for one prompt (GRPO). */
  readonly generations: number;
  /** The policy samples with transformers' generate in this process (not vLLM elsewhere). */
  readonly generatesHere: boolean;
  /** Under ZeRO-3 every rank holds all weights for a moment: to sample, or to hand them to vLLM. */
  readonly gathersAll: boolean;
}

/** vLLM in the training processes. */
export interface VllmSpec {
  /** Bytes of an element of its weights, and the cards that it splits them over. */
  readonly weightBytes: number;
  readonly tensor: number;
  /** Share of a card of so many bytes that it claims for weights, cache and work; absent: not known. */
  readonly claim?: { readonly share: number; readonly card: number };
  /** It gives them back while the trainer trains. */
  readonly sleeps: boolean;
  /** What trains waits on the host while vLLM samples. */
  readonly offloadModel: boolean;
  readonly offloadOptimizer: boolean;
}

/** Sizes outside the training program: they depend on the card and the CUDA build. */
export interface PlatformSpec extends AllocatorConf {
  /** CUDA context and loaded kernels, outside the allocator. */
  readonly contextBytes: number;
  /** cuBLAS workspace of one (handle, stream): 32 MiB from sm_90, 8.125 MiB before. */
  readonly cublasWorkspaceBytes: number;
}

/** One training run in plain values: what the memory estimate is a function of. */
export interface EstimateSpec {
  readonly arch: ArchSpec;
  readonly stage: Stage;
  readonly method: Method;
  /** Which trainer's loss and loop: they differ in what they keep. */
  readonly trainer: 'transformers' | 'trl' | 'unsloth' | 'plain';
  /** Dtype that base weights are loaded in (before quantisation). */
  readonly loadDtype: DType;
  readonly mixedPrecision: MixedPrecision;
  /** Dtype of base weights that train (full, freeze, modules to save of a full run). */
  readonly trainableDtype: DType;
  readonly adapter: AdapterSpec | null;
  /** Decoder layers that train when method is freeze, from the end. */
  readonly freezeTrainableLayers: number;
  /** The final norm and the head train, too, when method is freeze. */
  readonly freezeTrainsHead?: boolean;
  readonly quantization: Quantization | null;
  /** A `TrainingArguments.optim` name. */
  readonly optimizer: string;
  /** GaLore and APOLLO step the head as it is; otherwise they project it like other linear layers. */
  readonly wholeHead?: boolean;
  /** An fp32 copy of 16-bit trainable weights is kept (DeepSpeed, Megatron). */
  readonly masterWeights: boolean;
  /** Sequences per GPU and step of accumulation. Preference pairs count once. */
  readonly microBatch: number;
  /** Tokens of the longest batch's sequences, padding included. */
  readonly sequenceLength: number;
  readonly gradientAccumulation: number;
  /** Sequences of an evaluation behind the second step; absent: none is played. */
  readonly evaluation?: number;
  readonly checkpointing: CheckpointingSpec;
  readonly attention: Attention;
  /** `full`: every sequence has full length; `padded`: a mask is passed; `packed`: several in one row. */
  readonly batching: 'full' | 'padded' | 'packed';
  /** Liger kernels for norm, rotary embedding, MLP and loss. */
  readonly liger: boolean;
  /** Liger's classes were in place before the model was built, as some frameworks do. */
  readonly ligerFirst?: boolean;
  readonly lossKernel: 'full' | 'chunked' | 'fused';
  /** torch.compile fuses what is counted op by op. */
  readonly compiled?: boolean;
  /**
   * How gated delta nets are computed: by flash-linear-attention, or op by op where that is not installed.
   * Absent: not known.
   */
  readonly deltaRule?: 'fused' | 'plain';
  readonly rollout: RolloutSpec;
  /** The score of a reward model is beside the language model's head, whose logits are made all the same. */
  readonly valueHead?: boolean;
  /** GKD's loss compares both models with their mixture, not one with the other. */
  readonly mixture?: boolean;
  readonly vllm?: VllmSpec;
  /** Bytes of the weights of frozen models beside it, all of them: teachers and reward models. */
  readonly others?: number;
  readonly parallel: ParallelSpec;
  readonly platform: PlatformSpec;
}

/** Tokens of a sequence in a pass: prompt and answer where the trainer samples. */
export function passTokens({ stage, rollout, sequenceLength }: EstimateSpec): number {
  const samples = stage === 'grpo' || stage === 'ppo';
  return samples ? rollout.promptTokens + rollout.completionTokens : sequenceLength;
}

/** One GPU, no sharding. */
export const SINGLE_GPU: ParallelSpec = {
  world: 1,
  engine: 'none',
  zeroStage: 0,
  offloadOptimizer: false,
  offloadParams: false,
  tensor: 1,
  pipeline: 1,
  sequence: 1,
  expert: 1,
};

/**
 * An H100 or H200 with CUDA 13 and torch 2.11: 804,061,184 bytes of context measured at the end of
 * training on both (648,871,936 before the first kernel; cuSOLVER adds 100,663,296).
 */
export const DEFAULT_PLATFORM: PlatformSpec = {
  contextBytes: 804_061_184,
  cublasWorkspaceBytes: 32 * 2 ** 20,
  expandableSegments: false,
  roundupDivisions: [],
};

/** No reference model, no sampling. */
export const NO_ROLLOUT: RolloutSpec = {
  referenceModel: false,
  valueModel: false,
  rewardModel: false,
  klPenalty: false,
  promptTokens: 0,
  completionTokens: 0,
  promptAlone: false,
  generations: 1,
  generatesHere: false,
  gathersAll: false,
};

/** transformers' `Trainer` with its defaults on `arch`: bf16 weights, full training, AdamW. */
export function baseSpec(arch: ArchSpec): EstimateSpec {
  return {
    arch,
    stage: 'sft',
    method: 'full',
    trainer: 'transformers',
    loadDtype: 'bfloat16',
    mixedPrecision: 'bf16',
    trainableDtype: 'bfloat16',
    adapter: null,
    freezeTrainableLayers: 2,
    quantization: null,
    optimizer: 'adamw_torch_fused',
    masterWeights: false,
    microBatch: 8,
    sequenceLength: 1024,
    gradientAccumulation: 1,
    checkpointing: { mode: 'none', everyLayers: 1, offload: false },
    attention: 'sdpa',
    batching: 'full',
    liger: false,
    lossKernel: 'full',
    rollout: NO_ROLLOUT,
    parallel: SINGLE_GPU,
    platform: DEFAULT_PLATFORM,
  };
}
