import type { DType, MixedPrecision } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { Method, ModelRef, Stage } from '../../run/training-run.ts';
import { checkConstraints } from '../constraint.ts';
import type { AdapterContext, Lowered, Recognized } from '../framework.ts';
import { dtypeOf, lossScalingOf } from '../hf/trainer-fields.ts';
import { batch } from './batch.ts';
import { verlConstraints } from './constraints.ts';
import { markProblems } from './marks.ts';
import { parallel } from './parallel.ts';
import { type Program, programOf, stageOf } from './program.ts';
import { keepsDefaults, Values } from './values.ts';

/** What a command says; defaults are those of verl 0.9, trainer/config. */
export function lowerVerl(
  options: Options,
  recognized: Recognized,
  context: AdapterContext,
): Lowered {
  const v = new Values(recognized.sections);
  const { file, span } = recognized.grip;
  const text = recognized.sections[0]?.document.file;
  const program = programOf(text?.path === file ? text.text.slice(span.start, span.end) : '');
  const settled = keepsDefaults(v, program, recognized);
  const draft: RunDraft = {
    model: modelOf(v, context),
    stage: objective(v, program, settled),
    // Rollout engines, critics and references share the cards, and the losses are verl's own.
    modelled: byDefault<'none'>('none', 'workers share the cards'),
    ...batch(v, program, settled),
    ...parallel(v, { program, settled, recognized, context }),
    ...precision(v, program),
    ...adapter(v, settled),
  };
  const lr = v.number('actor_rollout_ref.actor.optim.lr', 'optim.lr');
  if (lr !== undefined) draft.learningRate = lr;
  const marks = markProblems(recognized, context);
  const isKnown = recognized.sections[0]?.scope.unknown === 'raise';
  const checks = isKnown && recognized.trains ? verlConstraints() : [];
  const found = checkConstraints(checks, { options, draft, recognized, context });
  return { draft, problems: [...marks, ...found] };
}

function modelOf(v: Values, context: AdapterContext): Sourced<ModelRef> {
  const path = v.text('actor_rollout_ref.model.path', 'model.path', 'model.partial_pretrain');
  if (path === undefined) return byDefault<ModelRef>(UNKNOWN, 'no model is named');
  const name = known(path);
  return { value: name === undefined ? UNKNOWN : context.model(name), origin: path.origin };
}

function objective(v: Values, program: Program, settled: boolean): Sourced<Stage> {
  if (program.kind === 'sft') return byDefault<Stage>('sft', 'the program');
  const estimator = v.text('algorithm.adv_estimator');
  if (estimator !== undefined) {
    const name = known(estimator);
    return derived<Stage>(name === undefined ? UNKNOWN : stageOf(name), 'adv_estimator', estimator);
  }
  const usual = settled && program.kind === 'rl';
  return byDefault<Stage>(usual ? 'ppo' : UNKNOWN, 'adv_estimator is gae');
}

/** LoRA by PEFT under FSDP; Megatron's own adapters have keys of their own (`model.lora.rank`). */
function adapter(v: Values, settled: boolean): RunDraft {
  const of = (key: string) => [`actor_rollout_ref.model.${key}`, `model.${key}`];
  const rank = v.int(...of('lora_rank'), ...of('lora.rank'));
  const value = rank === undefined ? (settled ? 0 : undefined) : known(rank);
  const method = value === undefined ? UNKNOWN : value > 0 ? 'lora' : 'full';
  const alpha = v.number(...of('lora_alpha'), ...of('lora.alpha'));
  return {
    method: derived<Method>(method, 'lora_rank', ...(rank ? [rank] : [])),
    ...(rank && { 'lora.rank': rank }),
    ...(alpha && { 'lora.alpha': alpha }),
  };
}

/**
 * verl keeps fp32 weights and computes in bf16 (FSDP's MixedPrecision; `dtype` of verl/trainer/config/engine/megatron.yaml),
 * unless said.
 */
function precision(v: Values, program: Program): RunDraft {
  const of = (key: string) =>
    program.kind === 'sft'
      ? [`engine.${key}`, `model.fsdp_config.${key}`]
      : [`actor_rollout_ref.actor.fsdp_config.${key}`];
  const megatron = program.kind === 'sft' ? [] : ['actor_rollout_ref.actor.megatron.dtype'];
  const written =
    v.text(...of('mixed_precision.param_dtype')) ?? v.text(...of('dtype'), ...megatron);
  const compute = written
    ? dtypeOf(written)
    : byDefault<DType>('bfloat16', 'FSDP computes in bf16');
  const amp = derived<MixedPrecision>(AMP[known(compute) ?? ''] ?? UNKNOWN, 'dtype', compute);
  const asked = v.text(...of('model_dtype'));
  const weights = asked ? dtypeOf(asked) : byDefault<DType>('float32', 'model_dtype');
  const rollout = v.text('actor_rollout_ref.rollout.dtype');
  const reduce = v.text(...of('mixed_precision.reduce_dtype'));
  const buffer = v.text(...of('mixed_precision.buffer_dtype'));
  return {
    loadDtype: weights,
    trainableDtype: weights,
    optimizerDtype: weights,
    computeDtype: compute,
    mixedPrecision: amp,
    precision: derived(SHORT[known(compute) ?? ''] ?? UNKNOWN, 'dtype', compute),
    lossScaling: lossScalingOf(amp),
    ...(rollout && { rolloutDtype: dtypeOf(rollout) }),
    ...(reduce && { reduceDtype: dtypeOf(reduce) }),
    ...(buffer && { bufferDtype: dtypeOf(buffer) }),
  };
}

const SHORT: Readonly<Record<string, 'fp32' | 'fp16' | 'bf16'>> = {
  float16: 'fp16',
  bfloat16: 'bf16',
  float32: 'fp32',
};

const AMP: Readonly<Record<string, MixedPrecision>> = {
  float16: 'fp16',
  bfloat16: 'bf16',
  float32: 'none',
};
