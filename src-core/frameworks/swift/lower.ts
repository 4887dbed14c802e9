import type { DType, MixedPrecision } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { Method, ModelRef, Stage } from '../../run/training-run.ts';
import { lazy } from '../../text/lazy.ts';
import { checkConstraints, seldom } from '../constraint.ts';
import type { AdapterContext, Lowered, Recognized } from '../framework.ts';
import { trainerConstraints } from '../hf/constraints.ts';
import { besideTraining } from '../hf/engine-beside.ts';
import { checkpointed } from '../hf/fsdp-checkpointing.ts';
import { hfParallel, type Presets } from '../hf/parallel.ts';
import {
  attentionOf,
  computeDtypeOf,
  DEFAULT_ATTENTION,
  dtypeOf,
  lossScalingOf,
  mixedPrecisionOf,
  trainerFields,
} from '../hf/trainer-fields.ts';
import { peftRanges, peftTargets } from '../peft/constraints.ts';
import { olderThan } from '../since.ts';
import { configFlagProblems } from './config-flag.ts';
import { swiftConstraints } from './constraints.ts';
import { ownLoss } from './loss.ts';
import { isMegatron, megatronFields } from './megatron.ts';
import { optimizerOf } from './optimizer.ts';
import { otherModels } from './others.ts';
import { partFields } from './part.ts';
import { loraConfig } from './peft.ts';
import { lowerSwiftQuantization } from './quantization.ts';
import { promptLimit, rolloutFields } from './rollout.ts';
import { spread } from './spread.ts';
import { stageOf } from './stage.ts';

const CONSTRAINTS = lazy(() => [
  ...trainerConstraints(),
  ...swiftConstraints(),
  ...peftRanges(loraConfig),
  ...peftTargets(loraConfig),
]);

/** What the configs without `auto` say. */
const BUCKETS = { reduce: 2e8 };

/** DeepSpeed configs that swift ships by name (swift/config/*.json). */
const ZERO: Presets['zero'] = {
  zero0: { stage: 0, offloadOptimizer: false, offloadParams: false, buckets: BUCKETS },
  zero1: { stage: 1, offloadOptimizer: false, offloadParams: false, buckets: BUCKETS },
  zero2: { stage: 2, offloadOptimizer: false, offloadParams: false, buckets: BUCKETS },
  zero3: { stage: 3, offloadOptimizer: false, offloadParams: false },
  zero2_offload: { stage: 2, offloadOptimizer: true, offloadParams: false, buckets: BUCKETS },
  zero3_offload: { stage: 3, offloadOptimizer: true, offloadParams: true },
};
const PRESETS: Presets = { zero: ZERO, fsdp: ['fsdp2'] };

/** Swift's options as a training run; the rules of precision are those of base_args/model_args.py. */
export function lowerSwift(o: Options, recognized: Recognized, context: AdapterContext): Lowered {
  const model = modelOf(o, context);
  const method = methodOf(o);
  const stage = stageOf(o, recognized);
  const parallel = {
    ...hfParallel(o, recognized, context, PRESETS),
    ...spread(o, recognized, context),
  };
  const trainer = { ...trainerFields(o), ...ownLoss(o) };
  const draft: RunDraft = {
    ...trainer,
    optimizer: optimizerOf(o, trainer.optimizer),
    ...parallel,
    gradientCheckpointing: checkpointed(trainer.gradientCheckpointing, parallel),
    ...precisionFields(o, model, method, parallel),
    ...adapterFields(o),
    ...partFields(o, method),
    model,
    stage,
    quantization: lowerSwiftQuantization(o),
    maxLength: o.int('max_length'),
    activationOffload: offloadOf(o),
    packing: o.bool('packing'),
    attention: o.has('attn_impl') ? attentionOf(o.text('attn_impl')) : DEFAULT_ATTENTION,
    learningRate: learningRateOf(o, method),
    gradientAccumulation: accumulationOf(o, parallel, oneStep(stage, recognized, context)),
    generations: o.int('num_generations'),
    maxCompletionLength: o.int('max_completion_length'),
    ...promptLimit(known(stage)),
    ...rolloutFields(o, recognized, context),
    ...(isMegatron(recognized) ? {} : otherModels(o, known(stage), known(method), context)),
    ...besideTraining(known(stage)),
    referenceModel: referenceOf(o, recognized, method),
    ...(isMegatron(recognized) ? megatronFields(o, recognized, method, model) : {}),
  };
  const seen = seldom(context, () => configFlagProblems(recognized, context));
  const input = { options: o, draft, recognized, context };
  return { draft, problems: [...seen, ...checkConstraints(CONSTRAINTS(), input)] };
}

/** Unsloth's tuner, and a callback of swift's own under FSDP, keep on the host what backward needs. */
function offloadOf(o: Options): Sourced<boolean> {
  const [backend, callbacks] = [o.text('tuner_backend'), o.texts('callbacks')];
  const on =
    known(backend) === 'unsloth' || known(callbacks)?.includes('activation_cpu_offload') === true;
  return derived<boolean>(on, 'checkpoints wait on the host', backend, callbacks);
}

function modelOf(o: Options, context: AdapterContext): Sourced<ModelRef> {
  const text = o.text('model');
  const name = known(text);
  return { value: name === undefined ? UNKNOWN : context.model(name), origin: text.origin };
}

function methodOf(o: Options): Sourced<Method> {
  const tuner = o.text('tuner_type');
  const name = known(tuner);
  const dora = o.bool('use_dora').value === true;
  const value: Method | typeof UNKNOWN =
    name === undefined ? UNKNOWN : name === 'full' ? 'full' : name === 'lora' ? 'lora' : 'other';
  return derived<Method>(value === 'lora' && dora ? 'dora' : value, 'tuner_type', tuner);
}

/** A second copy of the weights: only without adapters, and where the objective compares with it. */
function referenceOf(
  o: Options,
  recognized: Recognized,
  method: Sourced<Method>,
): Sourced<boolean> {
  const stage = stageOf(o, recognized);
  const compares = ['dpo', 'kto', 'ppo', 'grpo'].includes(known(stage) ?? '');
  const beta = o.float('beta');
  const off = known(stage) === 'grpo' && beta.value === 0;
  return derived(
    compares && !off && known(method) === 'full',
    'full training compares with a frozen copy',
    stage,
    method,
  );
}

/** 1e-5 for full training, 1e-4 otherwise (sft_args.py). */
function learningRateOf(o: Options, method: Sourced<Method>): Sourced<number> {
  if (o.has('learning_rate')) return o.float('learning_rate');
  return derived<number>(
    known(method) === 'full' ? 1e-5 : 1e-4,
    "swift's default for the method",
    method,
  );
}

/** ceil(16 / (batch x world)) when not given (sft_args.py). */
function accumulationOf(
  o: Options,
  parallel: RunDraft,
  one: Sourced<number> | undefined,
): Sourced<number> {
  const key = 'gradient_accumulation_steps';
  if (o.has(key)) return o.int(key);
  if (one !== undefined) return one;
  const batch = o.int('per_device_train_batch_size');
  const world = parallel['parallel.worldSize'] ?? byDefault(1, 'one process');
  if (batch.value === UNKNOWN || world.value === UNKNOWN)
    return derived<number>(UNKNOWN, 'the batch is not known', batch, world);
  return derived(
    Math.ceil(16 / (batch.value * world.value)),
    'swift fills a batch of 16',
    batch,
    world,
  );
}

/** GRPO takes one step where none are given, since 3.7 (rlhf_args.py). */
function oneStep(
  stage: Sourced<Stage>,
  { unread }: Recognized,
  context: AdapterContext,
): Sourced<number> | undefined {
  if (known(stage) !== 'grpo' || unread === true || olderThan(context, 'swift', '3.7'))
    return undefined;
  return derived(1, 'GRPO takes one step unless told otherwise', stage);
}

function adapterFields(o: Options): RunDraft {
  const targets = o.texts('target_modules');
  const names = known(targets);
  const all = names === undefined ? !o.has('target_modules') : names.includes('all-linear');
  return {
    'lora.rank': o.int('lora_rank'),
    'lora.alpha': o.float('lora_alpha'),
    'lora.dropout': o.float('lora_dropout'),
    'lora.rslora': o.bool('use_rslora'),
    'lora.modulesToSave': o.texts('modules_to_save'),
    'lora.targets': { value: all ? 'all-linear' : (names ?? UNKNOWN), origin: targets.origin },
  };
}

/** Dtype that the base weights load in: torch_dtype, else what the checkpoint was published in. */
function loadDtypeOf(o: Options, model: Sourced<ModelRef>): Sourced<DType> {
  if (o.has('torch_dtype')) return dtypeOf(o.text('torch_dtype'));
  const published = known(model)?.record?.dtype;
  return derived<DType>(published ?? UNKNOWN, "the checkpoint's own dtype", model);
}

/** swift: float16 and float32 weights turn fp16 autocast on, bfloat16 turns bf16 on. */
function flagOf(o: Options, key: 'fp16' | 'bf16', load: Sourced<DType>): Sourced<boolean> {
  if (o.has(key) && !o.isNull(key)) return o.bool(key);
  const dtype = known(load);
  if (dtype === undefined) return derived<boolean>(UNKNOWN, 'torch_dtype decides', load);
  const means = dtype === 'bfloat16' ? 'bf16' : 'fp16';
  return derived<boolean>(means === key, `torch_dtype ${dtype} turns ${means} on`, load);
}

function precisionFields(
  o: Options,
  model: Sourced<ModelRef>,
  method: Sourced<Method>,
  parallel: RunDraft,
): RunDraft {
  const loadDtype = loadDtypeOf(o, model);
  const fp16Flag = flagOf(o, 'fp16', loadDtype);
  const bf16Flag = flagOf(o, 'bf16', loadDtype);
  const mixedPrecision = mixedPrecisionOf(fp16Flag, bf16Flag);
  const zero = parallel['parallel.engine']?.value === 'deepspeed';
  const trainableDtype = trainableOf(o, method, loadDtype, zero, mixedPrecision);
  const half = zero && ['fp16', 'bf16'].includes(known(mixedPrecision) ?? '');
  return {
    loadDtype,
    fp16Flag,
    bf16Flag,
    mixedPrecision,
    trainableDtype,
    computeDtype: computeDtypeOf(mixedPrecision, loadDtype),
    lossScaling: lossScalingOf(mixedPrecision),
    masterWeights: derived(half, 'DeepSpeed keeps an fp32 copy of 16-bit weights', mixedPrecision),
    optimizerDtype: half
      ? derived<DType>('float32', 'DeepSpeed keeps fp32 states', mixedPrecision)
      : derived<DType>(trainableDtype.value, "the weights' dtype", trainableDtype),
    precision: askedPrecision(o, loadDtype, mixedPrecision),
  };
}

/** What the user asks for in a word, pointing at torch_dtype where it is written. */
function askedPrecision(
  o: Options,
  load: Sourced<DType>,
  amp: Sourced<MixedPrecision>,
): RunDraft['precision'] & object {
  const value = known(amp);
  const name = value === 'none' ? (known(load) === 'float32' ? 'fp32' : undefined) : value;
  const half = known(load) === 'bfloat16' ? 'bf16' : known(load) === 'float16' ? 'fp16' : undefined;
  const from = o.has('torch_dtype') ? [load, amp] : [amp, load];
  return derived<'fp32' | 'fp16' | 'bf16' | 'fp8'>(
    name ?? half ?? UNKNOWN,
    'torch_dtype and the flags',
    ...from,
  );
}

function trainableOf(
  o: Options,
  method: Sourced<Method>,
  load: Sourced<DType>,
  zero: boolean,
  amp: Sourced<MixedPrecision>,
): Sourced<DType> {
  if (known(method) === 'full') {
    const half = { fp16: 'float16', bf16: 'bfloat16', fp8: undefined, none: undefined } as const;
    const cast = zero ? half[known(amp) ?? 'none'] : undefined;
    return cast === undefined
      ? derived<DType>(load.value, 'full training keeps the load dtype', load)
      : derived<DType>(cast, 'DeepSpeed casts the weights', amp, load);
  }
  const lora = o.has('lora_dtype') ? dtypeOf(o.text('lora_dtype')) : undefined;
  if (lora?.value === 'bfloat16') return lora;
  return byDefault<DType>('float32', 'adapters are kept in fp32 (swift pipelines/train/tuner.py)');
}
