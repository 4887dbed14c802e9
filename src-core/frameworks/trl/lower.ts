import type { DType } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN, written } from '../../run/sourced.ts';
import type { Method, ModelRef, Quantization, Stage } from '../../run/training-run.ts';
import type { Call, Document } from '../../syntax/document.ts';
import { lazy } from '../../text/lazy.ts';
import { checkConstraints } from '../constraint.ts';
import { asText } from '../convert.ts';
import type { AdapterContext, Lowered, Recognized } from '../framework.ts';
import { trainerConstraints } from '../hf/constraints.ts';
import { attentionOf, dtypeOf } from '../hf/trainer-fields.ts';
import { bnbConstraints } from '../peft/bitsandbytes.ts';
import { peftConstraints } from '../peft/constraints.ts';
import { peftCall } from '../peft/facts.ts';
import { kbitConstraints } from '../peft/kbit.ts';
import { modelEntry } from '../python/calls.ts';
import { callIn, loraFields, quantizationOf, type TrainerFacts } from '../transformers/facts.ts';
import { trainerDraft, trainerLaunch } from '../transformers/lower.ts';
import { trlConstraints } from './constraints.ts';
import { peftOptions } from './peft.ts';

const STAGES: Readonly<Record<string, Stage>> = {
  sft: 'sft',
  dpo: 'dpo',
  grpo: 'grpo',
  kto: 'kto',
  reward: 'reward',
  rloo: 'grpo',
  SFTConfig: 'sft',
  DPOConfig: 'dpo',
  GRPOConfig: 'grpo',
  KTOConfig: 'kto',
  RewardConfig: 'reward',
  RLOOConfig: 'grpo',
  ORPOConfig: 'orpo',
  CPOConfig: 'cpo',
  PPOConfig: 'ppo',
  GKDConfig: 'gkd',
};

const constraints = lazy(() => [
  ...trainerConstraints(),
  ...trlConstraints(),
  ...peftConstraints((input) => peftOptions(input) ?? peftCall(input)),
  ...bnbConstraints(),
  ...kbitConstraints(),
]);

/** TRL's options as a training run: bf16 unless fp16, fp32 weights unless told, chunked loss. */
export function lowerTrl(o: Options, recognized: Recognized, context: AdapterContext): Lowered {
  const args = recognized.sections.at(-1);
  const python = args?.document.file.language === 'python';
  const stage = stageOf(args?.scope.id ?? '');
  const facts = python ? pythonFacts(o, recognized, context) : cliFacts(o, context);
  const base = trainerDraft(flagged(o), facts, trainerLaunch(o, recognized, context));
  const draft: RunDraft = { ...base, ...trlFields(o, stage, facts, base) };
  const input = { options: o, draft, recognized, context };
  return { draft, problems: checkConstraints(constraints(), input) };
}

/** What a subcommand or config class of TRL trains. */
export function stageOf(id: string): Stage {
  return STAGES[id] ?? 'other';
}

/** bf16 is on unless fp16 is, when nothing is said (base_config.py). */
function flagged(o: Options): Options {
  return new Proxy(o, {
    get(target, name) {
      if (name !== 'bool') {
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      }
      return (key: string): Sourced<boolean> => {
        const value = target.bool(key);
        if (key !== 'bf16' || target.has('bf16')) return value;
        const fp16 = target.bool('fp16');
        return derived<boolean>(fp16.value !== true, 'TRL trains in bf16 unless fp16 is on', fp16);
      };
    },
  });
}

/** What TRL's own options say, beyond those of the Trainer. */
export function trlFields(o: Options, stage: Stage, facts: TrainerFacts, base: RunDraft): RunDraft {
  const length = o.int('max_length');
  const adapter = known(facts.method) !== 'full';
  const compares = stage === 'dpo' || stage === 'kto';
  const beta = o.float('beta');
  const qlora = adapter && known(facts.quantization) !== null;
  return {
    stage: byDefault<Stage>(stage, 'the command or config class'),
    maxLength: length,
    packing: o.bool('packing'),
    lossKernel: lossKernelOf(o, stage),
    generations: o.int('num_generations'),
    maxCompletionLength: o.int('max_completion_length'),
    referenceModel: derived(
      !adapter && (compares || (stage === 'grpo' && (known(beta) ?? 0) > 0)),
      'full training compares with a frozen copy',
      facts.method,
    ),
    ...(qlora && known(facts.quantization) !== undefined
      ? {
          trainableDtype: byDefault<DType>(
            'bfloat16',
            'TRL casts adapters of quantised models to bf16',
          ),
          optimizerDtype: byDefault<DType>('bfloat16', "the adapters' dtype"),
        }
      : {}),
    gradientCheckpointing: base.gradientCheckpointing ?? byDefault(true, "TRL's default"),
  };
}

/** `chunked_nll` since 1.x, for supervised training alone. */
function lossKernelOf(o: Options, stage: Stage): Sourced<'full' | 'chunked' | 'fused'> {
  const liger = o.bool('use_liger_kernel');
  if (liger.value === true) return derived<'fused'>('fused', 'Liger fuses the loss', liger);
  if (stage !== 'sft') return byDefault<'full'>('full', 'logits at once');
  const loss = o.text('loss_type');
  return derived<'full' | 'chunked'>(
    known(loss) === 'chunked_nll' ? 'chunked' : 'full',
    'loss_type',
    loss,
  );
}

function cliFacts(o: Options, context: AdapterContext): TrainerFacts {
  const text = o.text('model_name_or_path');
  const name = known(text);
  const model: Sourced<ModelRef> = {
    value: name === undefined ? UNKNOWN : context.model(name),
    origin: text.origin,
  };
  const peft = o.bool('use_peft');
  const method = derived<Method>(
    peft.value === UNKNOWN ? UNKNOWN : peft.value ? 'lora' : 'full',
    'use_peft',
    peft,
  );
  const dtype = o.text('dtype');
  const published = known(model)?.record?.dtype;
  const auto = known(dtype) === 'auto';
  return {
    model,
    method,
    quantization: cliQuantization(o),
    loadDtype: auto
      ? derived<DType>(published ?? UNKNOWN, "the checkpoint's own dtype", dtype, model)
      : dtypeOf(dtype),
    rest: {
      ...(o.has('attn_implementation')
        ? { attention: attentionOf(o.text('attn_implementation')) }
        : {}),
      ...cliLora(o),
    },
  };
}

function cliQuantization(o: Options): Sourced<Quantization | null> {
  const four = o.bool('load_in_4bit');
  const eight = o.bool('load_in_8bit');
  if (four.value === true)
    return derived<Quantization | null>(
      {
        method: 'bnb',
        bits: 4,
        type: known(o.text('bnb_4bit_quant_type')) === 'fp4' ? 'fp4' : 'nf4',
        doubleQuant: o.bool('use_bnb_nested_quant').value === true,
        computeDtype: known(dtypeOf(o.text('dtype'))) ?? 'float32',
        kbitPrepare: false,
      },
      'load_in_4bit',
      four,
    );
  if (eight.value === true)
    return derived<Quantization | null>(
      { method: 'bnb', bits: 8, type: 'int8' },
      'load_in_8bit',
      eight,
    );
  return byDefault<Quantization | null>(null, 'nothing is quantised');
}

function cliLora(o: Options): RunDraft {
  const targets = o.texts('lora_target_modules');
  const names = known(targets);
  const all = names?.includes('all-linear') ?? false;
  return {
    'lora.rank': o.int('lora_r'),
    'lora.alpha': o.float('lora_alpha'),
    'lora.dropout': o.float('lora_dropout'),
    'lora.rslora': o.bool('use_rslora'),
    'lora.targets': { value: all ? 'all-linear' : (names ?? UNKNOWN), origin: targets.origin },
  };
}

function pythonFacts(o: Options, recognized: Recognized, context: AdapterContext): TrainerFacts {
  const document = recognized.sections[0]?.document;
  const file = recognized.grip.file;
  const has = (id: string): boolean => recognized.sections.some(({ scope }) => scope.id === id);
  const load = recognized.sections.find(({ scope }) => scope.id === 'from_pretrained')?.unit;
  const trainer = callIn(document, (call) => /Trainer$/.test(call.callee) && hasModelText(call));
  const entry =
    load?.kind === 'call'
      ? modelEntry(load)
      : trainer?.entries.findLast((one) => one.key === 'model');
  const text = entry === undefined ? UNKNOWN : asText(entry.value);
  const model: Sourced<ModelRef> =
    entry === undefined
      ? byDefault<ModelRef>(UNKNOWN, 'no model is named')
      : written<ModelRef>(text === UNKNOWN ? UNKNOWN : context.model(text), file, entry);
  const lora = has('LoraConfig');
  const kbit = callIn(document, (call) => call.callee === 'prepare_model_for_kbit_training');
  return {
    model,
    method: derived<Method>(lora ? 'lora' : pythonMethod(document), 'the calls of the file'),
    quantization: quantizationOf(o, load, kbit !== undefined),
    loadDtype: pythonDtype(o, load !== undefined, trainer !== undefined),
    rest: {
      ...(o.has('attn_implementation')
        ? { attention: attentionOf(o.text('attn_implementation')) }
        : {}),
      ...(lora ? loraFields(o) : {}),
    },
  };
}

function hasModelText(call: Call): boolean {
  return call.entries.some((one) => one.key === 'model' && one.value.kind === 'scalar');
}

/** Without a LoraConfig an adapter may still come from elsewhere. */
function pythonMethod(document: Document | undefined): Method | typeof UNKNOWN {
  const adapts = callIn(
    document,
    (call) =>
      /^(?:get_peft_model|get_peft_config|prepare_model_for_kbit_training)$/.test(call.callee) ||
      call.entries.some((one) => one.key === 'peft_config'),
  );
  return adapts === undefined ? 'full' : UNKNOWN;
}

/** A model given by name loads in fp32 (TRL 0.27 and newer); a loaded one in its own dtype. */
function pythonDtype(o: Options, loaded: boolean, byName: boolean): Sourced<DType> {
  const key = o.has('dtype') ? 'dtype' : 'torch_dtype';
  if (o.has(key) && known(o.text(key)) !== 'auto') return dtypeOf(o.text(key));
  if (loaded || !byName) return byDefault<DType>(UNKNOWN, 'the transformers release decides');
  return byDefault<DType>('float32', 'TRL loads a model given by name in fp32 (0.27 and newer)');
}
