import type { DType, MixedPrecision } from '../facts/dtypes.ts';
import type { GpuRecord } from '../facts/gpu.ts';
import type { ModelRecord } from '../facts/model.ts';
import type { Span } from '../text/span.ts';
import type { Options } from './options.ts';
import type { KeyProblem } from './problem.ts';
import type { Sourced } from './sourced.ts';

/** What is trained: the objective decides which models sit in memory. */
export type Stage =
  | 'pretrain'
  | 'sft'
  | 'dpo'
  | 'kto'
  | 'orpo'
  | 'simpo'
  | 'cpo'
  | 'grpo'
  | 'ppo'
  | 'gkd'
  | 'reward'
  /** A score for each sequence or token in place of a head over words, or a vector for sequences that are compared. */
  | 'classify'
  | 'embed'
  | 'other';

/** Which weights train. `freeze`: a part of the model's own. */
export type Method = 'full' | 'lora' | 'dora' | 'freeze' | 'galore' | 'other';

/** How frozen base weights are stored. `null`: not quantised. */
export interface Quantization {
  readonly method: 'bnb' | 'gptq' | 'awq' | 'hqq' | 'eetq' | 'fp8' | 'mxfp4' | 'torchao' | 'other';
  readonly bits: 2 | 3 | 4 | 8;
  readonly type?: 'nf4' | 'fp4' | 'int8';
  readonly doubleQuant?: boolean;
  readonly computeDtype?: DType;
  readonly storageDtype?: string;
  /** `prepare_model_for_kbit_training`: casts what is left in 16 bit to fp32. */
  readonly kbitPrepare?: boolean;
  /** Stacks of expert weights are quantised, too; they are no linear layers to bitsandbytes. */
  readonly experts?: boolean;
}

/** The LoRA part of a run. */
export interface LoraSpec {
  readonly rank: Sourced<number>;
  readonly alpha: Sourced<number>;
  readonly dropout: Sourced<number>;
  /** `all-linear`, or the module names. */
  readonly targets: Sourced<'all-linear' | readonly string[]>;
  readonly rslora: Sourced<boolean>;
  readonly modulesToSave: Sourced<readonly string[]>;
}

/** Attention implementation, by transformers' name. */
export type Attention =
  | 'eager'
  | 'sdpa'
  | 'flash_attention_2'
  | 'flash_attention_3'
  | 'flash_attention_4'
  | 'flex_attention'
  | 'xformers'
  | 'other';

/** Settings of torch's caching allocator. */
export interface AllocatorConf {
  /** Segments grow: `expandable_segments:True`. */
  readonly expandableSegments: boolean;
  /**
   * `roundup_power2_divisions`: sizes are rounded up to one of so many steps between powers of two,
   * by interval from 1 MiB on; empty where they are not.
   */
  readonly roundupDivisions: readonly number[];
}

/** What a DeepSpeed config says of its buffers, in elements; absent: DeepSpeed's own. */
export interface ZeroBuckets {
  /** `reduce_bucket_size`. */
  readonly reduce?: number;
  /** `overlap_comm`. */
  readonly overlap?: boolean;
  /** `stage3_max_live_parameters`. */
  readonly live?: number;
}

/**
 * How much of the memory on the cards is modelled: `part` where other models or an engine share them with what
 * trains, `none` where programs do, or the losses are of another kind.
 */
export type Modelled = 'whole' | 'part' | 'none';

/** A frozen model that a run loads beside the one that trains. */
export interface OtherModel {
  readonly model: ModelRef;
  /** It has one score in place of a head. */
  readonly scores: boolean;
}

/** Who samples completions while a policy trains on them, and what vLLM takes of the cards meanwhile. */
export interface Rollout {
  /** The model that trains, vLLM in the same processes, or a server with cards of its own. */
  readonly by: Sourced<'trainer' | 'vllm' | 'server'>;
  /** Share of each card that vLLM claims for its weights and its cache. */
  readonly utilization: Sourced<number>;
  /** Cards that it splits its weights over. */
  readonly tensorParallel: Sourced<number>;
  /** It gives its memory back while the trainer trains. */
  readonly sleeps: Sourced<boolean>;
  /** The weights that train wait on the host while it samples. */
  readonly offloadModel: Sourced<boolean>;
  /** So do the states of the optimizer. */
  readonly offloadOptimizer: Sourced<boolean>;
  /** Under ZeRO-3, every rank holds all weights while it samples, or before vLLM is handed them. */
  readonly gathers: Sourced<boolean>;
  /** `maxLength` is of the prompt alone: what is sampled comes on top. */
  readonly promptAlone: Sourced<boolean>;
}

/** How the work is spread over GPUs. */
export interface Parallelism {
  /** Processes, of one GPU each unless `pipelineParallel` spreads the layers of a process over several. */
  readonly worldSize: Sourced<number>;
  /** `none` means plain data parallel when the world is larger than 1. */
  readonly engine: Sourced<'none' | 'deepspeed' | 'fsdp' | 'fsdp2' | 'megatron'>;
  /** DeepSpeed ZeRO stage. */
  readonly zeroStage: Sourced<0 | 1 | 2 | 3>;
  readonly zeroBuckets: Sourced<ZeroBuckets>;
  readonly offloadOptimizer: Sourced<boolean>;
  readonly offloadParams: Sourced<boolean>;
  readonly tensorParallel: Sourced<number>;
  readonly pipelineParallel: Sourced<number>;
  readonly sequenceParallel: Sourced<number>;
  readonly expertParallel: Sourced<number>;
}

/** The model as the config names it, and what is known of it. */
export interface ModelRef {
  readonly text: string;
  readonly record?: ModelRecord;
  /** Ids close to `text`, when it is unknown. */
  readonly suggestions?: readonly string[];
}

/**
 * One fine-tuning run, in neutral terms: what every framework means once its spelling,
 * defaults and quirks are taken off. Every field carries its origin.
 */
export interface TrainingRun {
  readonly framework: string;
  readonly frameworkVersion: Sourced<string>;
  /** What to underline when nothing written decides: the command word or the first key. */
  readonly grip: { readonly file: string; readonly span: Span };

  readonly model: Sourced<ModelRef>;
  readonly stage: Sourced<Stage>;
  readonly method: Sourced<Method>;
  readonly quantization: Sourced<Quantization | null>;
  readonly lora: LoraSpec;
  /** Decoder layers that train when method is freeze: the last ones. */
  readonly freezeTrainableLayers: Sourced<number>;
  /** Share of the weights, from the embedding on, that is frozen instead of counted layers; 0: none. */
  readonly frozenShare: Sourced<number>;

  /** What the user asks for in one word, as far as written: the field that "switch to bf16" sets. */
  readonly precision: Sourced<'fp32' | 'fp16' | 'bf16' | 'fp8'>;
  /** Dtype that base weights are loaded in. */
  readonly loadDtype: Sourced<DType>;
  /** Autocast of the trainer. */
  readonly mixedPrecision: Sourced<MixedPrecision>;
  /** Dtype of the weights that train, after the framework's casts. */
  readonly trainableDtype: Sourced<DType>;
  /** Dtype of modules that train whole beside adapters, where it is another than theirs. */
  readonly savedDtype: Sourced<DType>;
  /** Dtype of forward matrix products. */
  readonly computeDtype: Sourced<DType>;
  /** Whether an fp32 copy of 16-bit trainable weights is kept (DeepSpeed, Megatron). */
  readonly masterWeights: Sourced<boolean>;
  /** Dtype of optimizer states. */
  readonly optimizerDtype: Sourced<DType>;
  /** Whether fp16 gradients are scaled (GradScaler, DeepSpeed's loss scaler). */
  readonly lossScaling: Sourced<'none' | 'dynamic' | 'static'>;
  /** Dtype that another engine samples in (vLLM, SGLang), where the text says so. */
  readonly rolloutDtype: Sourced<DType>;
  /** Dtype that gradients are summed in over processes, where the text says so. */
  readonly reduceDtype: Sourced<DType>;
  /** Dtype that FSDP casts buffers to, rotary frequencies among them, where the text says so. */
  readonly bufferDtype: Sourced<DType>;
  readonly tf32: Sourced<boolean>;
  readonly fp16Flag: Sourced<boolean>;
  readonly bf16Flag: Sourced<boolean>;

  readonly optimizer: Sourced<string>;
  readonly learningRate: Sourced<number>;
  readonly weightDecay: Sourced<number>;
  readonly adamBeta2: Sourced<number>;
  readonly adamEpsilon: Sourced<number>;
  readonly maxGradNorm: Sourced<number>;

  readonly microBatch: Sourced<number>;
  /** Samples that one device evaluates at a time; 0 where no evaluation is asked for. */
  readonly evalBatch: Sourced<number>;
  readonly gradientAccumulation: Sourced<number>;
  readonly maxLength: Sourced<number>;
  readonly packing: Sourced<boolean>;
  readonly gradientCheckpointing: Sourced<boolean>;
  /** What backward needs waits in the memory of the host. */
  readonly activationOffload: Sourced<boolean>;
  readonly attention: Sourced<Attention>;
  readonly liger: Sourced<boolean>;
  /** How the loss sees the logits: all at once, in chunks, or fused into the last product. */
  readonly lossKernel: Sourced<'full' | 'chunked' | 'fused'>;
  /** Samples generated for each prompt (GRPO). */
  readonly generations: Sourced<number>;
  readonly maxCompletionLength: Sourced<number>;
  /** Reference model kept in memory (DPO, KTO, GRPO with a KL term). */
  readonly referenceModel: Sourced<boolean>;
  /** GKD compares both models with their mixture (`beta` between 0 and 1), not one with the other. */
  readonly mixture: Sourced<boolean>;
  readonly others: Sourced<readonly OtherModel[]>;
  readonly modelled: Sourced<Modelled>;
  /** What torch's allocator is told: `PYTORCH_ALLOC_CONF`. */
  readonly allocator: Sourced<AllocatorConf>;

  readonly rollout: Rollout;
  readonly parallel: Parallelism;
  readonly gpu: Sourced<GpuRecord | null>;

  /** Whether options are handed on that are not seen (`"$@"`): what is not written may be among them. */
  readonly openEnded: boolean;
  /** The framework's own options, for rules that speak of one framework. */
  readonly options: Options;
  /** What the adapter saw while reading the keys. */
  readonly problems: readonly KeyProblem[];
}
