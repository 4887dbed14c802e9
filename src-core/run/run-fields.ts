import type { DType, MixedPrecision } from '../facts/dtypes.ts';
import type { Sourced } from './sourced.ts';
import type {
  AllocatorConf,
  Attention,
  Method,
  Modelled,
  ModelRef,
  OtherModel,
  Parallelism,
  Quantization,
  Rollout,
  Stage,
  ZeroBuckets,
} from './training-run.ts';

type Plain<S> = S extends Sourced<infer T> ? T : never;

/** Every field that an adapter fills and a fix may set, by its path in the training run. */
export interface RunFields {
  model: ModelRef;
  stage: Stage;
  method: Method;
  quantization: Quantization | null;
  freezeTrainableLayers: number;
  frozenShare: number;
  precision: 'fp32' | 'fp16' | 'bf16' | 'fp8';
  loadDtype: DType;
  mixedPrecision: MixedPrecision;
  trainableDtype: DType;
  savedDtype: DType;
  computeDtype: DType;
  masterWeights: boolean;
  optimizerDtype: DType;
  lossScaling: 'none' | 'dynamic' | 'static';
  rolloutDtype: DType;
  reduceDtype: DType;
  bufferDtype: DType;
  tf32: boolean;
  fp16Flag: boolean;
  bf16Flag: boolean;
  optimizer: string;
  learningRate: number;
  weightDecay: number;
  adamBeta2: number;
  adamEpsilon: number;
  maxGradNorm: number;
  microBatch: number;
  evalBatch: number;
  gradientAccumulation: number;
  maxLength: number;
  packing: boolean;
  gradientCheckpointing: boolean;
  activationOffload: boolean;
  attention: Attention;
  liger: boolean;
  lossKernel: 'full' | 'chunked' | 'fused';
  generations: number;
  maxCompletionLength: number;
  referenceModel: boolean;
  mixture: boolean;
  others: readonly OtherModel[];
  modelled: Modelled;
  allocator: AllocatorConf;
  'lora.rank': number;
  'lora.alpha': number;
  'lora.dropout': number;
  'lora.targets': 'all-linear' | readonly string[];
  'lora.rslora': boolean;
  'lora.modulesToSave': readonly string[];
  'rollout.by': Plain<Rollout['by']>;
  'rollout.utilization': number;
  'rollout.tensorParallel': number;
  'rollout.sleeps': boolean;
  'rollout.offloadModel': boolean;
  'rollout.offloadOptimizer': boolean;
  'rollout.gathers': boolean;
  'rollout.promptAlone': boolean;
  'parallel.worldSize': number;
  'parallel.engine': Plain<Parallelism['engine']>;
  'parallel.zeroStage': Plain<Parallelism['zeroStage']>;
  'parallel.zeroBuckets': ZeroBuckets;
  'parallel.offloadOptimizer': boolean;
  'parallel.offloadParams': boolean;
  'parallel.tensorParallel': number;
  'parallel.pipelineParallel': number;
  'parallel.sequenceParallel': number;
  'parallel.expertParallel': number;
}

export type FieldName = keyof RunFields;

/** A run under construction: adapters fill what they know. */
export type RunDraft = { -readonly [K in FieldName]?: Sourced<RunFields[K]> };
