import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { Attention, Method, ModelRef, Stage } from '../../run/training-run.ts';
import { lazy } from '../../text/lazy.ts';
import { ownAllocator } from '../allocator-conf.ts';
import { checkConstraints } from '../constraint.ts';
import type { AdapterContext, Lowered, Recognized } from '../framework.ts';
import { checkpointed } from '../hf/fsdp-checkpointing.ts';
import { attentionOf as attentionNamed, DEFAULT_ATTENTION } from '../hf/trainer-fields.ts';
import { peftTargets } from '../peft/constraints.ts';
import { type Cfg, cfgOf } from './cfg.ts';
import { adapterConstraints } from './constraints-adapter.ts';
import { dataConstraints } from './constraints-data.ts';
import { hintConstraints } from './constraints-hints.ts';
import { loadConstraints } from './constraints-load.ts';
import { modelConstraints } from './constraints-model.ts';
import { pluginConstraints } from './constraints-plugins.ts';
import { rlConstraints } from './constraints-rl.ts';
import { scheduleConstraints } from './constraints-schedule.ts';
import { systemConstraints } from './constraints-system.ts';
import { unfrozenConstraints } from './constraints-unfrozen.ts';
import { valueConstraints } from './constraints-values.ts';
import { attentionOf } from './facts.ts';
import { parallelFields } from './parallel.ts';
import { partFields } from './part.ts';
import { loraConfig } from './peft.ts';
import { precisionFields } from './precision.ts';
import { quantizationOf } from './quantization.ts';
import { savedField } from './saved.ts';

const CONSTRAINTS = lazy(() => [
  ...valueConstraints(),
  ...dataConstraints(),
  ...scheduleConstraints(),
  ...adapterConstraints(),
  ...rlConstraints(),
  ...modelConstraints(),
  ...systemConstraints(),
  ...pluginConstraints(),
  ...loadConstraints(),
  ...hintConstraints(),
  ...unfrozenConstraints(),
  ...peftTargets(loraConfig),
]);

const at = (key: string): string => `config.${key}`;

/** axolotl's options as a training run; precision as utils/config and loaders/model.py decide it. */
export function lowerAxolotl(o: Options, recognized: Recognized, context: AdapterContext): Lowered {
  const c = cfgOf(recognized);
  const method = methodOf(o);
  const parallel = parallelFields(o, c, recognized, context);
  const stage = stageOf(o, c);
  const precision = precisionFields(o, { method, parallel }, context);
  const model = modelOf(o, context);
  const draft: RunDraft = {
    ...parallel,
    ...precision,
    ...trainerFields(o),
    ...loraFields(o),
    ...savedField(o, { model, method, stage, loadDtype: precision.loadDtype }),
    ...lossFields(o, c),
    ...rlFields(o, stage, method),
    ...partFields(o, c, method),
    model,
    stage,
    quantization: quantizationOf(o, precision.loadDtype),
    attention: attention(o, c),
    activationOffload: offloadOf(o),
    gradientCheckpointing: checkpointed(checkpointing(o), parallel),
    allocator: ownAllocator(ALLOCATOR, context),
  };
  const input = { options: o, draft, recognized, context };
  return { draft, problems: checkConstraints(CONSTRAINTS(), input) };
}

function modelOf(o: Options, context: AdapterContext): Sourced<ModelRef> {
  const text = o.text(at('base_model'));
  const name = known(text);
  return { value: name === undefined ? UNKNOWN : context.model(name), origin: text.origin };
}

function methodOf(o: Options): Sourced<Method> {
  const adapter = o.text(at('adapter'));
  if (o.isNull(at('adapter')) || known(adapter) === '')
    return derived<Method>('full', 'no adapter is set', adapter);
  const name = known(adapter);
  const dora = o.bool(at('peft_use_dora')).value === true;
  const lora = name === 'lora' || name === 'qlora';
  const value = name === undefined ? UNKNOWN : lora ? (dora ? 'dora' : 'lora') : 'other';
  return { value, origin: adapter.origin };
}

const STAGES: Readonly<Record<string, Stage>> = {
  dpo: 'dpo',
  ipo: 'dpo',
  kto: 'kto',
  orpo: 'orpo',
  simpo: 'simpo',
  grpo: 'grpo',
  gdpo: 'grpo',
};

function stageOf(o: Options, c: Cfg): Sourced<Stage> {
  const rl = o.text(at('rl'));
  if (!o.isNull(at('rl')))
    return {
      value: known(rl) === undefined ? UNKNOWN : (STAGES[known(rl) ?? ''] ?? 'other'),
      origin: rl.origin,
    };
  const reward = ['reward_model', 'process_reward_model'].find((key) => c.on(key));
  if (reward !== undefined) return derived<Stage>('reward', reward, o.get(at(reward)));
  if (c.on('pretraining_dataset'))
    return derived<Stage>('pretrain', 'pretraining_dataset', o.get(at('pretraining_dataset')));
  return derived<Stage>('sft', 'no `rl` is set', rl);
}

/** Options that TrainingArguments fills in where axolotl leaves them out. */
function trainerFields(o: Options): RunDraft {
  const micro = o.int(at('micro_batch_size'));
  return {
    microBatch: micro,
    gradientAccumulation: accumulation(o, micro),
    learningRate: o.float(at('learning_rate')),
    weightDecay: o.float(at('weight_decay')),
    adamBeta2: orDefault(o, 'adam_beta2', 0.999),
    adamEpsilon: orDefault(o, 'adam_epsilon', 1e-8),
    maxGradNorm: orDefault(o, 'max_grad_norm', 1),
    optimizer: optimizerOf(o),
    maxLength: o.int(at('sequence_len')),
    packing: falseWhenNull(o, 'sample_packing'),
  };
}

/** torchao's optimizers by transformers' names; fp8 codes are as wide as 8-bit ones. */
const TORCHAO: Readonly<Record<string, string>> = {
  ao_adamw_4bit: 'adamw_torch_4bit',
  ao_adamw_8bit: 'adamw_torch_8bit',
  ao_adamw_fp8: 'adamw_torch_8bit',
};

function optimizerOf(o: Options): Sourced<string> {
  const text = o.text(at('optimizer'));
  const name = TORCHAO[known(text) ?? ''];
  return name === undefined ? text : derived(name, "one of torchao's optimizers", text);
}

function orDefault(o: Options, key: string, value: number): Sourced<number> {
  return o.isNull(at(key)) ? byDefault(value, "TrainingArguments' default") : o.float(at(key));
}

function falseWhenNull(o: Options, key: string): Sourced<boolean> {
  const value = o.bool(at(key));
  return o.isNull(at(key)) ? { value: false, origin: value.origin } : value;
}

function accumulation(o: Options, micro: Sourced<number>): Sourced<number> {
  const total = o.int(at('batch_size'));
  const [all, one] = [known(total), known(micro)];
  const steps = o.int(at('gradient_accumulation_steps'));
  if (o.has(at('gradient_accumulation_steps')) || all === undefined || one === undefined)
    return steps;
  return derived(Math.max(1, Math.floor(all / one)), 'batch_size / micro_batch_size', total, micro);
}

function loraFields(o: Options): RunDraft {
  const linear = o.bool(at('lora_target_linear'));
  const modules = o.texts(at('lora_target_modules'));
  const names = known(modules);
  const save = o.texts(at('lora_modules_to_save'));
  const pattern = o.node(at('lora_target_modules'))?.kind !== 'list';
  const named = names?.includes('all-linear')
    ? 'all-linear'
    : pattern
      ? UNKNOWN
      : (names ?? UNKNOWN);
  return {
    'lora.rank': o.int(at('lora_r')),
    'lora.alpha': o.float(at('lora_alpha')),
    'lora.dropout': o.isNull(at('lora_dropout'))
      ? byDefault(0, 'no dropout')
      : o.float(at('lora_dropout')),
    'lora.rslora': falseWhenNull(o, 'peft_use_rslora'),
    'lora.targets':
      linear.value === true
        ? derived<'all-linear'>('all-linear', 'lora_target_linear', linear)
        : { value: named, origin: modules.origin },
    'lora.modulesToSave': { value: known(save) ?? [], origin: save.origin },
  };
}

function lossFields(o: Options, c: Cfg): RunDraft {
  const liger =
    c.plugin('LigerPlugin') && o.written.some((key) => /^liger_/.test(key) && c.on(key));
  const cut = c.plugin('CutCrossEntropyPlugin') && !c.set('cut_cross_entropy');
  const fused = c.plugin('LigerPlugin') && c.on('liger_fused_linear_cross_entropy');
  const plugins = o.get(at('plugins'));
  const key = fused ? 'liger_fused_linear_cross_entropy' : 'cut_cross_entropy';
  const kernel =
    fused || cut || (c.plugin('CutCrossEntropyPlugin') && c.on('cut_cross_entropy'))
      ? derived<'fused'>('fused', key, o.get(at(key)), plugins)
      : c.on('chunked_cross_entropy')
        ? derived<'chunked'>('chunked', 'chunked_cross_entropy', o.get(at('chunked_cross_entropy')))
        : derived<'full'>('full', 'logits at once', plugins);
  return {
    liger: derived(liger, 'the plugin of Liger and its options', plugins),
    lossKernel: kernel,
  };
}

function rlFields(o: Options, stage: Sourced<Stage>, method: Sourced<Method>): RunDraft {
  const compares = ['dpo', 'kto'].includes(known(stage) ?? '');
  const base: RunDraft = {
    referenceModel: derived(
      compares && known(method) === 'full',
      'full training compares with a frozen copy',
      stage,
      method,
    ),
  };
  if (known(stage) !== 'grpo') return base;
  const pick = (key: string, value: number): Sourced<number> =>
    o.isNull(`TRLConfig.${key}`)
      ? byDefault(value, "GRPOConfig's default")
      : o.int(`TRLConfig.${key}`);
  return {
    ...base,
    generations: pick('num_generations', 8),
    maxCompletionLength: pick('max_completion_length', 256),
  };
}

function attention(o: Options, c: Cfg): Sourced<Attention> {
  const { name, key } = attentionOf(c);
  if (name === undefined) return DEFAULT_ATTENTION;
  return attentionNamed({ value: name, origin: o.get(at(key)).origin });
}

const ALLOCATOR = {
  now: 'expandable_segments:True',
  before: 'expandable_segments:True,roundup_power2_divisions:16',
  cite: { label: 'axolotl src/axolotl/utils/__init__.py set_pytorch_cuda_alloc_conf' },
};

/** `activation_offloading`, or the way of old: `gradient_checkpointing: offload`. */
function offloadOf(o: Options): Sourced<boolean> {
  const [now, old] = [o.get(at('activation_offloading')), o.get(at('gradient_checkpointing'))];
  const named = typeof old.value === 'string' && /^offload/.test(old.value);
  const on = now.value === true || typeof now.value === 'string';
  return derived<boolean>(on || named, 'activation_offloading', now, old);
}

/** `true`, or the name of a way to keep activations elsewhere. */
function checkpointing(o: Options): Sourced<boolean> {
  const value = o.get(at('gradient_checkpointing'));
  if (typeof value.value === 'string' && /^offload/.test(value.value))
    return { value: true, origin: value.origin };
  return falseWhenNull(o, 'gradient_checkpointing');
}
