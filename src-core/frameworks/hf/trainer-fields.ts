import type { DType, MixedPrecision } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { Attention } from '../../run/training-run.ts';
import { strategy } from './strategy.ts';

/** What `optim` is when nothing says otherwise: fused on torch 2.8 and newer. */
const DEFAULT_OPTIMIZER = byDefault('adamw_torch_fused', 'transformers with torch 2.8 or newer', {
  label: 'transformers training_args.py, default_optim',
});

/** Fields that mean the same wherever options inherit from transformers' TrainingArguments. */
export function trainerFields(o: Options): RunDraft & {
  readonly optimizer: Sourced<string>;
  readonly gradientCheckpointing: Sourced<boolean>;
} {
  const optimizer = o.text('optim');
  return {
    microBatch: o.int('per_device_train_batch_size'),
    evalBatch: evalBatchOf(o),
    gradientAccumulation: o.int('gradient_accumulation_steps'),
    learningRate: o.float('learning_rate'),
    weightDecay: o.float('weight_decay'),
    adamBeta2: o.float('adam_beta2'),
    adamEpsilon: o.float('adam_epsilon'),
    maxGradNorm: o.float('max_grad_norm'),
    optimizer: optimizer.value === UNKNOWN && !o.has('optim') ? DEFAULT_OPTIMIZER : optimizer,
    gradientCheckpointing: o.bool('gradient_checkpointing'),
    liger: o.bool('use_liger_kernel'),
    tf32: o.bool('tf32'),
    fp16Flag: o.bool('fp16'),
    bf16Flag: o.bool('bf16'),
  };
}

/** Samples that are evaluated at a time, where evaluation during training is asked for, and is of the loss. */
function evalBatchOf(o: Options): Sourced<number> {
  const when = strategy(o, 'eval_strategy', 'no');
  if (when === 'no') return byDefault(0, 'no evaluation is asked for');
  const generates =
    o.has('predict_with_generate') && o.bool('predict_with_generate').value !== false;
  if (when === undefined || generates)
    return { value: UNKNOWN, origin: o.text('eval_strategy').origin };
  return o.int('per_device_eval_batch_size');
}

/** Neutral fields that are one TrainingArguments key each; adapters spread it into their own. */
export const TRAINER_KEYS = {
  microBatch: 'per_device_train_batch_size',
  evalBatch: 'per_device_eval_batch_size',
  gradientAccumulation: 'gradient_accumulation_steps',
  learningRate: 'learning_rate',
  weightDecay: 'weight_decay',
  adamBeta2: 'adam_beta2',
  adamEpsilon: 'adam_epsilon',
  maxGradNorm: 'max_grad_norm',
  optimizer: 'optim',
  gradientCheckpointing: 'gradient_checkpointing',
  liger: 'use_liger_kernel',
  tf32: 'tf32',
  fp16Flag: 'fp16',
  bf16Flag: 'bf16',
} as const;

/**
 * Autocast as the two flags decide it; both at once is an error that another rule reports. The format
 * that the launch sets counts where neither asks for one.
 */
export function mixedPrecisionOf(
  fp16: Sourced<boolean>,
  bf16: Sourced<boolean>,
  launched?: Sourced<MixedPrecision>,
): Sourced<MixedPrecision> {
  if (bf16.value === true) return derived<MixedPrecision>('bf16', 'bf16 is on', bf16);
  if (fp16.value === true) return derived<MixedPrecision>('fp16', 'fp16 is on', fp16);
  if (fp16.value === UNKNOWN || bf16.value === UNKNOWN)
    return derived<MixedPrecision>(UNKNOWN, 'a flag is not known', fp16, bf16);
  return launched ?? derived<MixedPrecision>('none', 'neither fp16 nor bf16 is on', fp16, bf16);
}

/** Under FSDP and mixed precision accelerate keeps the trained weights in float32. */
export function fsdpUpcast(
  trainable: Sourced<DType>,
  parallel: RunDraft,
  amp: Sourced<MixedPrecision>,
): Sourced<DType> {
  const engine = parallel['parallel.engine'];
  const fsdp = engine?.value === 'fsdp' || engine?.value === 'fsdp2';
  if (engine === undefined || !fsdp || (known(amp) ?? 'none') === 'none') return trainable;
  return derived<DType>('float32', 'accelerate casts up what FSDP trains', engine, amp);
}

/** Dtype of matrix products: autocast's, else that of the weights. */
export function computeDtypeOf(amp: Sourced<MixedPrecision>, load: Sourced<DType>): Sourced<DType> {
  switch (amp.value) {
    case 'fp16':
      return derived<DType>('float16', 'autocast in fp16', amp);
    case 'bf16':
      return derived<DType>('bfloat16', 'autocast in bf16', amp);
    case UNKNOWN:
      return derived<DType>(UNKNOWN, 'mixed precision is not known', amp);
    default:
      return derived<DType>(load.value, "the weights' own dtype", load, amp);
  }
}

/** GradScaler: only with fp16 autocast. */
export function lossScalingOf(amp: Sourced<MixedPrecision>): Sourced<'none' | 'dynamic'> {
  const value = known(amp);
  if (value === undefined) return derived<'none' | 'dynamic'>(UNKNOWN, 'unknown', amp);
  return derived<'none' | 'dynamic'>(
    value === 'fp16' ? 'dynamic' : 'none',
    value === 'fp16' ? 'fp16 uses a GradScaler' : 'only fp16 scales the loss',
    amp,
  );
}

const DTYPES: Readonly<Record<string, DType>> = {
  float32: 'float32',
  fp32: 'float32',
  float: 'float32',
  float16: 'float16',
  fp16: 'float16',
  half: 'float16',
  bfloat16: 'bfloat16',
  bf16: 'bfloat16',
};

/** The dtype that a text names (`bfloat16`, `torch.float16`, `bf16`), or `UNKNOWN`. */
export function dtypeOf(text: Sourced<string>): Sourced<DType> {
  const plain = known(text)?.replace(/^torch\./, '');
  const value: DType | typeof UNKNOWN =
    (plain === undefined ? undefined : DTYPES[plain]) ?? UNKNOWN;
  return { value, origin: text.origin };
}

const ATTENTION: Readonly<Record<string, Attention>> = {
  eager: 'eager',
  sdpa: 'sdpa',
  flash_attn: 'flash_attention_2',
  flash_attention_2: 'flash_attention_2',
  'kernels-community/flash-attn2': 'flash_attention_2',
  'kernels-community/flash-attn': 'flash_attention_2',
  flash_attention_3: 'flash_attention_3',
  'kernels-community/flash-attn3': 'flash_attention_3',
  'kernels-community/vllm-flash-attn3': 'flash_attention_3',
  flash_attention_4: 'flash_attention_4',
  flex_attention: 'flex_attention',
  xformers: 'xformers',
};

/** The attention implementation that a text names; other names are `other`. */
export function attentionOf(text: Sourced<string>): Sourced<Attention> {
  const name = known(text);
  return {
    value: name === undefined ? UNKNOWN : (ATTENTION[name] ?? 'other'),
    origin: text.origin,
  };
}

/** sdpa: what transformers picks where torch and the model support it. */
export const DEFAULT_ATTENTION: Sourced<Attention> = byDefault<Attention>(
  'sdpa',
  'transformers picks sdpa where the model supports it',
);
