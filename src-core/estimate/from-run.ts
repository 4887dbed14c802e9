import type { ArchSpec } from '../facts/model.ts';
import { isWritten, known, knownOr, type Sourced } from '../run/sourced.ts';
import type { Stage, TrainingRun } from '../run/training-run.ts';
import { type Message, say } from '../text/message.ts';
import { deltaOfRun } from './delta-of-run.ts';
import { othersOf } from './others-of-run.ts';
import { type TrainingPart, trainingPart } from './part.ts';
import {
  type AdapterSpec,
  baseSpec,
  DEFAULT_PLATFORM,
  type EstimateSpec,
  type ParallelSpec,
  type RolloutSpec,
} from './spec.ts';
import { isModelled } from './terms/optimizers.ts';
import { vllmOf } from './vllm-of-run.ts';

/** A run as the estimate takes it, and what had to be assumed on the way. */
export interface MappedRun {
  readonly spec: EstimateSpec;
  /** In sentences for the user. */
  readonly assumptions: readonly Message[];
  /** Names of run fields whose value the text does not give: each widens the interval. */
  readonly unknown: readonly string[];
}

/** Collects assumptions while fields are read. */
class Reader {
  readonly assumptions: Message[] = [];
  readonly unknown: string[] = [];

  assume(name: string, sentence: Message): void {
    this.unknown.push(name);
    this.assumptions.push(sentence);
  }

  take<T>(name: string, field: Sourced<T>, otherwise: T, sentence: Message): T {
    const value = known(field);
    if (value !== undefined) return value;
    this.unknown.push(name);
    this.assumptions.push(sentence);
    return otherwise;
  }
}

/** Length taken when nothing names one: what most frameworks truncate to. */
const ASSUMED_LENGTH = 2048;

/**
 * The estimate's input for `run`; undefined when the architecture is not known (an unknown model, or one of
 * which only the size is known), or how it trains (all weights or an adapter: ten times apart), or the run
 * is of a kind that is not modelled. Other unknown values are assumed, named and widen the interval.
 */
export function specFromRun(run: TrainingRun): MappedRun | undefined {
  const arch = known(run.model)?.record?.arch;
  const asked = known(run.method);
  if (arch === undefined || asked === undefined || known(run.modelled) === 'none') return undefined;
  const r = new Reader();
  // Tuners other than LoRA are small too; their own size is not modelled.
  const method = asked === 'other' ? 'lora' : asked;
  if (asked === 'other') r.assume('method', say`the tuner is counted as a LoRA adapter`);
  const part = asked === 'freeze' ? partOf(run, arch, r) : undefined;
  const stage = knownOr(run.stage, 'sft');
  const adapts = method === 'lora' || method === 'dora';
  const vllm = vllmPart(run, r);
  const spec: EstimateSpec = {
    ...baseSpec(arch),
    stage,
    method,
    trainer: trainerOf(run.framework, stage),
    loadDtype: knownOr(run.loadDtype, 'bfloat16'),
    mixedPrecision: knownOr(run.mixedPrecision, 'none'),
    trainableDtype: knownOr(run.trainableDtype, knownOr(run.loadDtype, 'bfloat16')),
    adapter: adapts ? adapterOf(run, r) : null,
    quantization: knownOr(run.quantization, null),
    optimizer: optimizerOf(run, r),
    wholeHead: leavesHead(run.framework),
    ...(stage === 'reward' && run.framework === 'llamafactory' && { valueHead: true }),
    masterWeights: knownOr(run.masterWeights, false),
    microBatch: r.take('microBatch', run.microBatch, 1, say`micro batch is not known: 1 assumed`),
    sequenceLength: lengthOf(run, arch, r),
    gradientAccumulation: knownOr(run.gradientAccumulation, 1),
    checkpointing: checkpointingOf(run, r),
    attention: attentionOf(run, arch),
    batching: knownOr(run.packing, false) ? 'packed' : 'padded',
    liger: knownOr(run.liger, false),
    lossKernel: knownOr(run.lossKernel, 'full'),
    ...(compiles(run) && { compiled: true }),
    rollout: rolloutOf(run, stage, adapts, r),
    ...(stage === 'gkd' && { mixture: knownOr(run.mixture, false) }),
    ...deltaOfRun(run, arch),
    ...vllm,
    ...othersOf(run),
    parallel: parallelOf(run, r),
    platform: { ...DEFAULT_PLATFORM, ...known(run.allocator) },
    ...part,
  };
  return isCounted(spec) ? { spec, assumptions: r.assumptions, unknown: r.unknown } : undefined;
}

/** gpt-oss has no attention through torch's kernel: without another it is eager (`_supports_sdpa`). */
function attentionOf(run: TrainingRun, arch: ArchSpec): EstimateSpec['attention'] {
  const attention = knownOr(run.attention, 'sdpa');
  const scores = arch.modelType === 'gpt_oss' && run.framework !== 'unsloth';
  return scores && attention === 'sdpa' ? 'eager' : attention;
}

/** Whether the model is compiled, or may be: `torch_compile` of the Trainer and axolotl, `compile` of torchtune. */
function compiles({ options }: TrainingRun): boolean {
  return ['torch_compile', 'compile'].some((key) => {
    return options.has(key) && !options.isNull(key) && options.bool(key).value !== false;
  });
}

/** Larger counts are slips of the hand, and more than the allocator's model counts. */
const MOST = 1e8;

/** Whether everything that is counted is there, and no more than can be: rank 0 is no adapter. */
function isCounted({
  microBatch,
  sequenceLength,
  gradientAccumulation,
  ...spec
}: EstimateSpec): boolean {
  const { adapter, rollout } = spec;
  const counts = [microBatch, sequenceLength, gradientAccumulation, adapter?.rank ?? 1];
  const { promptTokens, completionTokens, generations } = rollout;
  const sampled = [promptTokens, completionTokens, generations];
  return (
    counts.every((count) => count >= 1 && count <= MOST) &&
    sampled.every((count) => count >= 0 && count <= MOST) &&
    microBatch * sequenceLength <= MOST
  );
}

/** Which of the model's own weights train when a part does. */
function partOf(run: TrainingRun, arch: ArchSpec, r: Reader): TrainingPart {
  const part = trainingPart(run, arch);
  if (part !== undefined) return part;
  r.assume('freezeTrainableLayers', say`the weights that train are counted as the last 2 layers`);
  return { method: 'freeze', freezeTrainableLayers: 2 };
}

/** AdamW is what frameworks take where nothing names another; that one may keep less, or more. */
function optimizerOf(run: TrainingRun, r: Reader): string {
  const name = known(run.optimizer);
  if (name !== undefined && isModelled(name)) return name;
  if (isWritten(run.optimizer))
    r.assume('optimizer', say`the states of the optimizer are counted as those of AdamW`);
  return 'adamw_torch_fused';
}

/** Both find GaLore's linear layers without the head; transformers' `all-linear` takes that, too. */
function leavesHead(framework: string): boolean {
  return framework === 'llamafactory' || framework === 'swift';
}

/**
 * LLaMA-Factory asks for torch's reentrant checkpoints where its option does not say otherwise. What is
 * kept on the host without checkpoints is counted as if there were some.
 */
function checkpointingOf(run: TrainingRun, r: Reader): EstimateSpec['checkpointing'] {
  const on = r.take(
    'gradientCheckpointing',
    run.gradientCheckpointing,
    false,
    say`whether activations are checkpointed is not known: they are kept`,
  );
  const offload = knownOr(run.activationOffload, false);
  const mode = run.framework === 'llamafactory' ? 'reentrant' : 'non-reentrant';
  return { mode: on || offload ? mode : 'none', everyLayers: 1, offload };
}

function trainerOf(framework: string, stage: Stage): EstimateSpec['trainer'] {
  if (framework === 'unsloth' && stage === 'sft') return 'unsloth';
  if (framework === 'trl') return 'trl';
  // ms-swift has a loss of its own.
  if (stage === 'gkd') return 'transformers';
  return ['sft', 'pretrain', 'classify'].includes(stage) ? 'transformers' : 'trl';
}

function adapterOf(run: TrainingRun, r: Reader): AdapterSpec {
  const { lora } = run;
  const dtype = knownOr(run.trainableDtype, 'float32');
  return {
    rank: r.take('lora.rank', lora.rank, 16, say`LoRA rank is not known: 16 assumed`),
    dropout: knownOr(lora.dropout, 0),
    targets: r.take(
      'lora.targets',
      lora.targets,
      'all-linear',
      say`LoRA targets are not known: all linear layers assumed`,
    ),
    rslora: knownOr(lora.rslora, false),
    modulesToSave: knownOr(lora.modulesToSave, []),
    dtype,
  };
}

function lengthOf(run: TrainingRun, arch: ArchSpec, r: Reader): number {
  const limit = arch.maxPositionEmbeddings ?? Number.POSITIVE_INFINITY;
  const otherwise = Math.min(ASSUMED_LENGTH, limit);
  const taken = r.take(
    'maxLength',
    run.maxLength,
    otherwise,
    say`sequence length is not known: ${otherwise} tokens assumed`,
  );
  return Math.max(1, taken);
}

function rolloutOf(run: TrainingRun, stage: Stage, adapts: boolean, r: Reader): RolloutSpec {
  const length = knownOr(run.maxLength, ASSUMED_LENGTH);
  if (known(run.modelled) === 'part') {
    const counted = (known(run.others) ?? []).length > 0;
    r.assumptions.push(
      counted
        ? say`of other models on the card only the weights are counted: it takes more`
        : say`other models and engines on the card are not counted: it takes more`,
    );
  }
  const samples = stage === 'grpo' || stage === 'ppo';
  const completion = knownOr(run.maxCompletionLength, 256);
  // Where no limit is known, so many tokens are taken for both.
  const promptAlone = known(run.maxLength) !== undefined && knownOr(run.rollout.promptAlone, false);
  const reference = stage === 'dpo' || stage === 'kto' || stage === 'ppo';
  return {
    referenceModel: knownOr(run.referenceModel, reference && !adapts),
    valueModel: stage === 'ppo',
    rewardModel: stage === 'ppo',
    klPenalty: samples && (knownOr(run.referenceModel, false) || stage === 'ppo'),
    promptTokens: samples ? promptOf(length, completion, promptAlone) : Math.floor(length / 2),
    completionTokens: completion,
    promptAlone,
    generations: knownOr(run.generations, stage === 'grpo' ? 8 : 1),
    generatesHere: samples && knownOr(run.rollout.by, 'trainer') === 'trainer',
    gathersAll: samples && knownOr(run.rollout.gathers, false),
  };
}

/** Tokens of a prompt that leaves room for the answer, unless it is limited by itself. */
function promptOf(length: number, completion: number, alone: boolean): number {
  return alone ? length : Math.max(1, length - completion);
}

function vllmPart(run: TrainingRun, r: Reader): Pick<EstimateSpec, 'vllm'> {
  const found = vllmOf(run);
  if (found === undefined) return {};
  const [vllm, taken] = found;
  r.assumptions.push(taken);
  return { vllm };
}

function parallelOf(run: TrainingRun, r: Reader): ParallelSpec {
  const p = run.parallel;
  const divides = ['deepspeed', 'fsdp', 'fsdp2'].includes(knownOr(p.engine, 'none'));
  if (divides && known(p.worldSize) === undefined)
    r.assumptions.push(say`over how many GPUs the run is divided is not known: 1 is taken`);
  return {
    world: knownOr(p.worldSize, 1),
    engine: knownOr(p.engine, 'none'),
    zeroStage: knownOr(p.zeroStage, 0),
    buckets: knownOr(p.zeroBuckets, {}),
    offloadOptimizer: knownOr(p.offloadOptimizer, false),
    offloadParams: knownOr(p.offloadParams, false),
    tensor: knownOr(p.tensorParallel, 1),
    pipeline: knownOr(p.pipelineParallel, 1),
    sequence: knownOr(p.sequenceParallel, 1),
    expert: knownOr(p.expertParallel, 1),
  };
}
