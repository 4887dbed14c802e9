import type { Options } from '../run/options.ts';
import type { KeyProblem } from '../run/problem.ts';
import type { FieldName, RunDraft, RunFields } from '../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../run/sourced.ts';
import type { Quantization, TrainingRun } from '../run/training-run.ts';
import { allocatorConf, parseAllocatorConf } from './allocator-conf.ts';
import { isOpenEnded } from './elided.ts';
import type { AdapterContext, Recognized } from './framework.ts';

/** Fields that mean "not used" when no adapter speaks of them. */
const NEUTRAL: Partial<RunFields> = {
  stage: 'sft',
  method: 'full',
  quantization: null,
  freezeTrainableLayers: 2,
  frozenShare: 0,
  masterWeights: false,
  tf32: false,
  fp16Flag: false,
  bf16Flag: false,
  packing: false,
  evalBatch: 0,
  activationOffload: false,
  liger: false,
  lossKernel: 'full',
  generations: 1,
  referenceModel: false,
  mixture: false,
  others: [],
  modelled: 'whole',
  allocator: parseAllocatorConf(''),
  'lora.rslora': false,
  'lora.modulesToSave': [],
  'rollout.by': 'trainer',
  'rollout.sleeps': false,
  'rollout.offloadModel': false,
  'rollout.offloadOptimizer': false,
  'rollout.gathers': true,
  'rollout.promptAlone': false,
  'parallel.worldSize': 1,
  'parallel.engine': 'none',
  'parallel.zeroStage': 0,
  'parallel.zeroBuckets': {},
  'parallel.offloadOptimizer': false,
  'parallel.offloadParams': false,
  'parallel.tensorParallel': 1,
  'parallel.pipelineParallel': 1,
  'parallel.sequenceParallel': 1,
  'parallel.expertParallel': 1,
};

/** Completes a draft: what no one states is neutral where that is a fact, unknown elsewhere. */
export function finishRun(
  draft: RunDraft,
  recognized: Recognized,
  options: Options,
  problems: readonly KeyProblem[],
  context: AdapterContext,
): TrainingRun {
  const { adapter } = recognized;
  const pick = <K extends FieldName>(field: K): Sourced<RunFields[K]> => {
    const given: Sourced<RunFields[K]> | undefined = draft[field];
    if (given !== undefined) return given;
    const neutral = NEUTRAL[field];
    return neutral === undefined
      ? byDefault<RunFields[K]>(UNKNOWN, 'not stated')
      : byDefault<RunFields[K]>(neutral as RunFields[K], 'nothing says otherwise');
  };
  return {
    framework: adapter.id,
    frameworkVersion:
      context.version(adapter.id) ?? byDefault(adapter.version, 'the newest release known'),
    grip: recognized.grip,
    ...plainFields(pick),
    allocator: allocatorConf(recognized.launch, recognized.grip.file) ?? pick('allocator'),
    lora: loraFields(pick),
    rollout: rolloutFields(pick),
    parallel: parallelFields(pick),
    gpu: context.gpu,
    openEnded: isOpenEnded(recognized),
    options,
    problems,
  };
}

type Pick = <K extends FieldName>(field: K) => Sourced<RunFields[K]>;

function plainFields(pick: Pick) {
  return {
    model: pick('model'),
    stage: pick('stage'),
    method: pick('method'),
    quantization: quantizationOf(pick),
    freezeTrainableLayers: pick('freezeTrainableLayers'),
    frozenShare: pick('frozenShare'),
    precision: pick('precision'),
    loadDtype: pick('loadDtype'),
    mixedPrecision: pick('mixedPrecision'),
    trainableDtype: pick('trainableDtype'),
    savedDtype: pick('savedDtype'),
    computeDtype: pick('computeDtype'),
    masterWeights: pick('masterWeights'),
    optimizerDtype: pick('optimizerDtype'),
    lossScaling: pick('lossScaling'),
    rolloutDtype: pick('rolloutDtype'),
    reduceDtype: pick('reduceDtype'),
    bufferDtype: pick('bufferDtype'),
    tf32: pick('tf32'),
    fp16Flag: pick('fp16Flag'),
    bf16Flag: pick('bf16Flag'),
    ...scheduleFields(pick),
    ...batchFields(pick),
  };
}

/** Formats that a checkpoint may already be quantised in, as the table names them. */
const PACKED: Readonly<Record<string, Quantization>> = {
  gptq: { method: 'gptq', bits: 4 },
  'gptq-8bit': { method: 'gptq', bits: 8 },
  '4bit': { method: 'other', bits: 4 },
  '8bit': { method: 'other', bits: 8 },
  awq: { method: 'awq', bits: 4 },
  'bnb-4bit': { method: 'bnb', bits: 4, type: 'nf4' },
  'bnb-8bit': { method: 'bnb', bits: 8, type: 'int8' },
  fp8: { method: 'fp8', bits: 8 },
  mxfp4: { method: 'mxfp4', bits: 4 },
};

/** What is asked for, else what the checkpoint already is. */
function quantizationOf(pick: Pick): Sourced<Quantization | null> {
  const asked = pick('quantization');
  const model = pick('model');
  const packed = known(model)?.record?.quantized;
  // A null that an adapter derived stands: it takes the checkpoint apart on load.
  if (asked.value !== null || asked.origin.kind === 'derived' || packed === undefined) return asked;
  const format = PACKED[packed];
  return derived<Quantization | null>(
    format ?? UNKNOWN,
    `the checkpoint is quantised already (${packed})`,
    model,
  );
}

/** Liger fuses the loss into the last product where the model itself computes it from labels. */
function lossKernelOf(pick: Pick): TrainingRun['lossKernel'] {
  const asked = pick('lossKernel');
  const liger = pick('liger');
  const stage = pick('stage');
  const own = known(stage) === 'sft' || known(stage) === 'pretrain';
  if (asked.origin.kind !== 'default' || known(liger) !== true || !own) return asked;
  return derived<'full' | 'chunked' | 'fused'>('fused', 'Liger fuses the loss', liger, stage);
}

function scheduleFields(pick: Pick) {
  return {
    optimizer: pick('optimizer'),
    learningRate: pick('learningRate'),
    weightDecay: pick('weightDecay'),
    adamBeta2: pick('adamBeta2'),
    adamEpsilon: pick('adamEpsilon'),
    maxGradNorm: pick('maxGradNorm'),
  };
}

function batchFields(pick: Pick) {
  return {
    microBatch: pick('microBatch'),
    evalBatch: pick('evalBatch'),
    gradientAccumulation: pick('gradientAccumulation'),
    maxLength: pick('maxLength'),
    packing: pick('packing'),
    gradientCheckpointing: pick('gradientCheckpointing'),
    activationOffload: pick('activationOffload'),
    attention: pick('attention'),
    liger: pick('liger'),
    lossKernel: lossKernelOf(pick),
    generations: pick('generations'),
    maxCompletionLength: pick('maxCompletionLength'),
    referenceModel: pick('referenceModel'),
    mixture: pick('mixture'),
    others: pick('others'),
    modelled: pick('modelled'),
  };
}

function loraFields(pick: Pick): TrainingRun['lora'] {
  return {
    rank: pick('lora.rank'),
    alpha: pick('lora.alpha'),
    dropout: pick('lora.dropout'),
    targets: pick('lora.targets'),
    rslora: pick('lora.rslora'),
    modulesToSave: pick('lora.modulesToSave'),
  };
}

function rolloutFields(pick: Pick): TrainingRun['rollout'] {
  return {
    by: pick('rollout.by'),
    utilization: pick('rollout.utilization'),
    tensorParallel: pick('rollout.tensorParallel'),
    sleeps: pick('rollout.sleeps'),
    offloadModel: pick('rollout.offloadModel'),
    offloadOptimizer: pick('rollout.offloadOptimizer'),
    gathers: pick('rollout.gathers'),
    promptAlone: pick('rollout.promptAlone'),
  };
}

function parallelFields(pick: Pick): TrainingRun['parallel'] {
  return {
    worldSize: pick('parallel.worldSize'),
    engine: pick('parallel.engine'),
    zeroStage: pick('parallel.zeroStage'),
    zeroBuckets: pick('parallel.zeroBuckets'),
    offloadOptimizer: pick('parallel.offloadOptimizer'),
    offloadParams: pick('parallel.offloadParams'),
    tensorParallel: pick('parallel.tensorParallel'),
    pipelineParallel: pick('parallel.pipelineParallel'),
    sequenceParallel: pick('parallel.sequenceParallel'),
    expertParallel: pick('parallel.expertParallel'),
  };
}
