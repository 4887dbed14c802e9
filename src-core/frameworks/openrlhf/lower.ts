import type { DType, MixedPrecision } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { Attention, Method, ModelRef, Quantization, Stage } from '../../run/training-run.ts';
import { checkConstraints } from '../constraint.ts';
import type { AdapterContext, Lowered, Recognized } from '../framework.ts';
import { worldSizeOf } from '../hf/parallel.ts';
import { attentionOf, dtypeOf, lossScalingOf } from '../hf/trainer-fields.ts';
import { openRlhfConstraints } from './constraints.ts';
import { oldNamesProblems } from './old-names.ts';

const STAGES: Readonly<Record<string, Stage>> = {
  train_sft: 'sft',
  train_dpo: 'dpo',
  train_rm: 'reward',
  train_ppo_ray: 'ppo',
};

/** OpenRLHF trains everything under DeepSpeed in `ds.param_dtype`, with fp32 master weights. */
export function lowerOpenRlhf(
  o: Options,
  recognized: Recognized,
  context: AdapterContext,
): Lowered {
  const name = recognized.sections[0]?.scope.id ?? '';
  const dtype = dtypeIn(o);
  const half = dtype.value === 'float16' ? 'fp16' : dtype.value === 'bfloat16' ? 'bf16' : UNKNOWN;
  const amp = derived<MixedPrecision>(half, 'ds.param_dtype', dtype);
  const rank = o.has('ds.lora.rank') ? o.int('ds.lora.rank') : byDefault(0, 'no adapter');
  const method = derived<Method>(
    rank.value === UNKNOWN ? UNKNOWN : rank.value > 0 ? 'lora' : 'full',
    'the LoRA rank',
    rank,
  );
  const draft: RunDraft = {
    model: modelOf(o, context),
    method,
    // Under Ray, rollout engines and up to three more models share the cards.
    ...(name === 'train_ppo_ray' && {
      modelled: byDefault<'none'>('none', 'workers share the cards'),
    }),
    stage: byDefault<Stage>(STAGES[name] ?? 'other', 'the script'),
    loadDtype: dtype,
    mixedPrecision: amp,
    computeDtype: dtype,
    trainableDtype: derived<DType>(dtype.value, 'DeepSpeed casts the weights', dtype),
    masterWeights: byDefault(true, 'DeepSpeed keeps an fp32 copy'),
    optimizerDtype: byDefault<DType>('float32', 'DeepSpeed keeps fp32 states'),
    lossScaling: lossScalingOf(amp),
    precision: derived<'fp32' | 'fp16' | 'bf16' | 'fp8'>(half, 'ds.param_dtype', dtype),
    microBatch: o.int('train.micro_batch_size'),
    maxLength: o.int('data.max_len'),
    packing: o.bool('ds.packing_samples'),
    quantization: quantizationOf(o),
    gradientCheckpointing: o.bool(
      o.has('model.gradient_checkpointing_enable')
        ? 'model.gradient_checkpointing_enable'
        : 'actor.gradient_checkpointing_enable',
    ),
    attention: o.has('flash_attn')
      ? byDefault<Attention>('flash_attention_2', '--flash_attn')
      : attentionOf(o.text('ds.attn_implementation')),
    learningRate: o.float('adam.lr'),
    weightDecay: o.float('adam.weight_decay'),
    'lora.rank': rank,
    'lora.alpha': o.float('ds.lora.alpha'),
    'parallel.engine': byDefault<'deepspeed'>('deepspeed', 'OpenRLHF trains under DeepSpeed'),
    'parallel.zeroStage': zeroStage(o),
    'parallel.offloadOptimizer': o.bool('ds.adam_offload'),
    'parallel.worldSize':
      recognized.launch.worldSize ??
      context.gpus ??
      unknownWorld(worldSizeOf(recognized.launch, context)),
  };
  const isOld = recognized.unread === true;
  if (isOld) return { draft, problems: oldNamesProblems(recognized, context) };
  const input = { options: o, draft, recognized, context };
  return { draft, problems: checkConstraints(openRlhfConstraints(), input) };
}

/** `--bf16` of 0.9 and before says the same as `param_dtype`. */
function dtypeIn(o: Options): Sourced<DType> {
  if (!o.has('bf16')) return dtypeOf(o.text('ds.param_dtype'));
  const flag = o.bool('bf16');
  return { value: known(flag) === true ? 'bfloat16' : UNKNOWN, origin: flag.origin };
}

/** nf4, quantised twice (models/actor.py). */
function quantizationOf(o: Options): Sourced<Quantization | null> {
  const asked = o.bool('ds.load_in_4bit');
  const nf4 = { method: 'bnb', bits: 4, type: 'nf4', doubleQuant: true } as const;
  const value = known(asked);
  if (!o.has('ds.load_in_4bit')) return byDefault<Quantization | null>(null, 'load_in_4bit is off');
  return { value: value === undefined ? UNKNOWN : value ? nf4 : null, origin: asked.origin };
}

/** Without a count the launcher takes every GPU that there is. */
function unknownWorld(world: Sourced<number>): Sourced<number> {
  return derived<number>(UNKNOWN, 'the launcher takes every GPU', world);
}

function zeroStage(o: Options): Sourced<0 | 1 | 2 | 3> {
  const stage = o.int('ds.zero_stage');
  const value = known(stage);
  return {
    value: value === 0 || value === 1 || value === 2 || value === 3 ? value : UNKNOWN,
    origin: stage.origin,
  };
}

function modelOf(o: Options, context: AdapterContext): Sourced<ModelRef> {
  const key = ['actor.model_name_or_path', 'model.model_name_or_path'].find((name) => o.has(name));
  if (key === undefined) return byDefault<ModelRef>(UNKNOWN, 'no model is named');
  const text = o.text(key);
  const name = known(text);
  return { value: name === undefined ? UNKNOWN : context.model(name), origin: text.origin };
}
