import type { DType, MixedPrecision } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { Attention, Method, ModelRef, Quantization, Stage } from '../../run/training-run.ts';
import { lazy } from '../../text/lazy.ts';
import { checkConstraints, seldom } from '../constraint.ts';
import type { AdapterContext, Lowered, Recognized } from '../framework.ts';
import { launchedPrecision } from '../hf/accelerate.ts';
import { trainerConstraints } from '../hf/constraints.ts';
import { checkpointed } from '../hf/fsdp-checkpointing.ts';
import {
  computeDtypeOf,
  DEFAULT_ATTENTION,
  fsdpUpcast,
  lossScalingOf,
  mixedPrecisionOf,
  trainerFields,
} from '../hf/trainer-fields.ts';
import { peftRanges, peftTargets } from '../peft/constraints.ts';
import { commandProblems } from './command-problems.ts';
import { llamaFactoryConstraints } from './constraints.ts';
import { modelConstraints } from './constraints-model.ts';
import { optimizerConstraints } from './constraints-optimizer.ts';
import { namesOf } from './facts.ts';
import { optimizerOf } from './optimizer.ts';
import { allocatorOf, parallelOf } from './parallel.ts';
import { partFields } from './part.ts';
import { loraConfig } from './peft.ts';
import { quantizationOf } from './quantization.ts';

const CONSTRAINTS = lazy(() => [
  ...trainerConstraints(),
  ...llamaFactoryConstraints(),
  ...modelConstraints(),
  ...optimizerConstraints(),
  ...peftRanges(loraConfig),
  ...peftTargets(loraConfig),
]);

/** LLaMA-Factory's options as a training run; precision as model/adapter.py and parser.py decide it. */
export function lowerLlamaFactory(
  o: Options,
  recognized: Recognized,
  context: AdapterContext,
): Lowered {
  const model = modelOf(o, context);
  const method = methodOf(o);
  const parallel = parallelOf(o, recognized, context);
  const quantization = quantizationOf(o, model);
  const stage = stageOf(o);
  const trainer = trainerFields(o);
  const draft: RunDraft = {
    ...trainer,
    optimizer: optimizerOf(o, trainer.optimizer),
    ...parallel,
    ...precisionFields(o, {
      model,
      method,
      parallel,
      quantization,
      launched: launchedPrecision(recognized.launch, context),
    }),
    ...adapterFields(o),
    ...partFields(o, method),
    model,
    stage,
    quantization,
    maxLength: o.int('cutoff_len'),
    packing: packingOf(o, stage),
    liger: o.bool('enable_liger_kernel'),
    attention: attentionOf(o),
    activationOffload: offloadOf(o),
    gradientCheckpointing: checkpointed(checkpointingOf(o), parallel),
    referenceModel: referenceOf(o, stage, method),
    ...allocatorOf(parallel, recognized),
  };
  const input = { options: o, draft, recognized, context };
  const problems = [
    ...seldom(context, () => commandProblems(recognized, context)),
    ...checkConstraints(CONSTRAINTS(), input),
  ];
  return { draft, problems };
}

function modelOf(o: Options, context: AdapterContext): Sourced<ModelRef> {
  const text = o.text('model_name_or_path');
  const name = known(text);
  return { value: name === undefined ? UNKNOWN : context.model(name), origin: text.origin };
}

function methodOf(o: Options): Sourced<Method> {
  const type = o.text('finetuning_type');
  const name = known(type);
  const dora = name === 'lora' && o.bool('use_dora').value === true;
  const value: Method | typeof UNKNOWN = dora
    ? 'dora'
    : name === 'full' || name === 'lora' || name === 'freeze'
      ? name
      : name === undefined
        ? UNKNOWN
        : 'other';
  return { value, origin: type.origin };
}

function stageOf(o: Options): Sourced<Stage> {
  const stage = o.text('stage');
  const loss = known(o.text('pref_loss'));
  const names: Readonly<Record<string, Stage>> = {
    pt: 'pretrain',
    sft: 'sft',
    rm: 'reward',
    ppo: 'ppo',
    dpo: loss === 'orpo' ? 'orpo' : loss === 'simpo' ? 'simpo' : 'dpo',
    kto: 'kto',
  };
  const name = known(stage);
  return { value: name === undefined ? UNKNOWN : (names[name] ?? 'other'), origin: stage.origin };
}

function referenceOf(o: Options, stage: Sourced<Stage>, method: Sourced<Method>): Sourced<boolean> {
  const compares = ['dpo', 'kto', 'ppo'].includes(known(stage) ?? '');
  const named = o.has('ref_model') && !o.isNull('ref_model');
  return derived(
    compares && (named || known(method) !== 'lora'),
    'a frozen copy is kept to compare with',
    stage,
    method,
  );
}

function packingOf(o: Options, stage: Sourced<Stage>): Sourced<boolean> {
  if (o.bool('neat_packing').value === true) return o.bool('neat_packing');
  if (o.has('packing') && !o.isNull('packing')) return o.bool('packing');
  return derived(known(stage) === 'pretrain', 'packing is on for pre-training alone', stage);
}

function checkpointingOf(o: Options): Sourced<boolean> {
  const off = o.bool('disable_gradient_checkpointing');
  return derived<boolean>(
    off.value === UNKNOWN ? UNKNOWN : !off.value,
    'on unless disable_gradient_checkpointing',
    off,
  );
}

/** Unsloth's checkpoints, with its models or without, wait on the host (model/model_utils). */
function offloadOf(o: Options): Sourced<boolean> {
  const [whole, alone] = [o.bool('use_unsloth'), o.bool('use_unsloth_gc')];
  const on = [whole, alone].some(({ value }) => value === true);
  return derived<boolean>(on, "Unsloth's checkpoints wait on the host", whole, alone);
}

const ATTENTION: Readonly<Record<string, Attention>> = {
  disabled: 'eager',
  sdpa: 'sdpa',
  fa2: 'flash_attention_2',
  fa3: 'flash_attention_3',
};

function attentionOf(o: Options): Sourced<Attention> {
  const text = o.text('flash_attn');
  const value = ATTENTION[known(text) ?? ''];
  return value === undefined ? DEFAULT_ATTENTION : { value, origin: text.origin };
}

function adapterFields(o: Options): RunDraft {
  const rank = o.int('lora_rank');
  const targets = namesOf(o, 'lora_target');
  const all = known(targets)?.includes('all');
  const alpha = o.float('lora_alpha');
  const extra = namesOf(o, 'additional_target');
  return {
    'lora.rank': rank,
    'lora.alpha':
      alpha.value === UNKNOWN && !o.has('lora_alpha')
        ? derived<number>(rank.value === UNKNOWN ? UNKNOWN : rank.value * 2, 'twice the rank', rank)
        : alpha,
    'lora.dropout': o.float('lora_dropout'),
    'lora.rslora': o.bool('use_rslora'),
    'lora.targets': all ? { value: 'all-linear', origin: targets.origin } : targets,
    'lora.modulesToSave': { value: known(extra) ?? [], origin: extra.origin },
  };
}

interface Known {
  readonly model: Sourced<ModelRef>;
  readonly method: Sourced<Method>;
  readonly parallel: RunDraft;
  readonly quantization: Sourced<Quantization | null>;
  readonly launched: Sourced<MixedPrecision> | undefined;
}

function precisionFields(o: Options, parts: Known): RunDraft {
  const fp16Flag = o.bool('fp16');
  const bf16Flag = o.bool('bf16');
  const pure = o.bool('pure_bf16');
  const amp = mixedPrecisionOf(fp16Flag, bf16Flag, parts.launched);
  const published = known(parts.model)?.record?.dtype;
  const loadDtype = derived<DType>(
    published ?? UNKNOWN,
    "the checkpoint's own dtype (LLaMA-Factory 0.9.4 and newer)",
    parts.model,
  );
  const trainableDtype = fsdpUpcast(trainableOf(o, parts, loadDtype, amp), parts.parallel, amp);
  const zero = parts.parallel['parallel.engine']?.value === 'deepspeed';
  const half = zero && ['fp16', 'bf16'].includes(known(amp) ?? '');
  return {
    loadDtype,
    mixedPrecision: amp,
    trainableDtype,
    computeDtype:
      pure.value === true
        ? derived<DType>('bfloat16', 'pure_bf16', pure)
        : computeDtypeOf(amp, loadDtype),
    lossScaling: lossScalingOf(amp),
    masterWeights: derived(half, 'DeepSpeed keeps an fp32 copy of 16-bit weights', amp),
    optimizerDtype: half
      ? derived<DType>('float32', 'DeepSpeed keeps fp32 states', amp)
      : derived<DType>(trainableDtype.value, "the weights' dtype", trainableDtype),
    precision: askedPrecision(pure, amp),
  };
}

function askedPrecision(
  pure: Sourced<boolean>,
  amp: Sourced<MixedPrecision>,
): Sourced<'fp32' | 'fp16' | 'bf16' | 'fp8'> {
  if (pure.value === true) return derived<'bf16'>('bf16', 'pure_bf16', pure);
  const value = known(amp);
  return derived<'fp32' | 'fp16' | 'bf16' | 'fp8'>(
    value === undefined || value === 'none' ? UNKNOWN : value,
    'the precision flags',
    amp,
  );
}

/** model/adapter.py: trainable weights go to fp32 unless pure_bf16, BAdam, or ZeRO-3 without quantisation. */
function trainableOf(
  o: Options,
  { method, parallel, quantization }: Known,
  load: Sourced<DType>,
  amp: Sourced<MixedPrecision>,
): Sourced<DType> {
  const pure = o.bool('pure_bf16');
  const adapter = known(method) === 'lora' || known(method) === 'dora';
  if (adapter) return byDefault<DType>('float32', 'adapters are kept in fp32 (PEFT)');
  if (pure.value === true)
    return derived<DType>(load.value, 'pure_bf16 keeps the load dtype', pure, load);
  const badam = o.bool('use_badam');
  if (o.has('use_badam') && badam.value !== false)
    return derived<DType>(
      known(amp) === 'fp16' ? UNKNOWN : load.value,
      'BAdam keeps the load dtype, and an fp32 copy of one block at a time',
      badam,
      load,
    );
  const stage = parallel['parallel.zeroStage'];
  if (stage !== undefined && known(amp) !== 'none' && known(amp) !== undefined) {
    const half: DType = known(amp) === 'fp16' ? 'float16' : 'bfloat16';
    return derived<DType>(half, 'DeepSpeed casts the weights', amp, stage, quantization);
  }
  return byDefault<DType>('float32', 'trainable weights are cast to fp32 (model/adapter.py)');
}
