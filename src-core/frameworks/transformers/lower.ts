import type { DType } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN, written } from '../../run/sourced.ts';
import type { Method, ModelRef, Quantization } from '../../run/training-run.ts';
import type { Call, Document } from '../../syntax/document.ts';
import { checkConstraints } from '../constraint.ts';
import { asText } from '../convert.ts';
import type { AdapterContext, Lowered, Recognized } from '../framework.ts';
import { trainerConstraints } from '../hf/constraints.ts';
import { hfParallel } from '../hf/parallel.ts';
import {
  attentionOf,
  computeDtypeOf,
  DEFAULT_ATTENTION,
  dtypeOf,
  lossScalingOf,
  mixedPrecisionOf,
  trainerFields,
} from '../hf/trainer-fields.ts';
import { modelEntry } from '../python/calls.ts';
import { defaultLoadDtype } from './default-dtype.ts';
import { scriptFacts } from './script.ts';

/** What a run of transformers' Trainer needs beyond TrainingArguments. */
export interface TrainerFacts {
  readonly model: Sourced<ModelRef>;
  readonly method: Sourced<Method>;
  readonly quantization: Sourced<Quantization | null>;
  readonly loadDtype: Sourced<DType>;
  readonly rest: RunDraft;
}

/** A run of transformers' Trainer, from Python calls or from a script's flags. */
export function lowerTransformers(
  o: Options,
  recognized: Recognized,
  context: AdapterContext,
): Lowered {
  const python = recognized.sections[0]?.document.file.language === 'python';
  const facts = python ? pythonFacts(o, recognized, context) : scriptFacts(recognized, context);
  const draft = trainerDraft(o, facts, hfParallel(o, recognized, context));
  const problems = checkConstraints(trainerConstraints, { options: o, draft, recognized, context });
  return { draft, problems };
}

/** TrainingArguments with the facts around them. */
export function trainerDraft(o: Options, facts: TrainerFacts, parallel: RunDraft): RunDraft {
  const base = trainerFields(o);
  const fp16 = o.bool('fp16');
  const bf16 = o.bool('bf16');
  const amp = mixedPrecisionOf(fp16, bf16);
  const zero = parallel['parallel.engine']?.value === 'deepspeed';
  const half = zero && ['fp16', 'bf16'].includes(known(amp) ?? '');
  const trainable = trainableOf(facts, half ? known(amp) : undefined);
  return {
    ...base,
    ...parallel,
    mixedPrecision: amp,
    model: facts.model,
    method: facts.method,
    quantization: facts.quantization,
    loadDtype: facts.loadDtype,
    trainableDtype: trainable,
    computeDtype: computeDtypeOf(amp, facts.loadDtype),
    lossScaling: lossScalingOf(amp),
    masterWeights: derived(half, 'DeepSpeed keeps an fp32 copy of 16-bit weights', amp),
    optimizerDtype: half
      ? derived<DType>('float32', 'DeepSpeed keeps fp32 states', amp)
      : derived<DType>(trainable.value, "the weights' dtype", trainable),
    precision: derived<'fp32' | 'fp16' | 'bf16' | 'fp8'>(
      precisionName(known(amp), known(facts.loadDtype)),
      'the precision flags',
      amp,
      facts.loadDtype,
    ),
    attention: DEFAULT_ATTENTION,
    stage: byDefault<'sft'>('sft', 'the Trainer'),
    ...facts.rest,
  };
}

function precisionName(amp: string | undefined, load: DType | undefined) {
  if (amp === 'fp16' || amp === 'bf16') return amp;
  if (amp === undefined) return UNKNOWN;
  const names: { readonly [K in DType]?: 'fp32' | 'fp16' | 'bf16' } = {
    float32: 'fp32',
    float16: 'fp16',
    bfloat16: 'bf16',
  };
  return (load && names[load]) ?? UNKNOWN;
}

function trainableOf(facts: TrainerFacts, zero: string | undefined): Sourced<DType> {
  const method = known(facts.method);
  if (method === undefined) return derived<DType>(UNKNOWN, 'the method is not known', facts.method);
  if (method !== 'full') return byDefault<DType>('float32', 'PEFT keeps adapters in fp32');
  if (zero === 'fp16' || zero === 'bf16')
    return byDefault<DType>(
      zero === 'fp16' ? 'float16' : 'bfloat16',
      'DeepSpeed casts the weights',
    );
  return derived<DType>(facts.loadDtype.value, 'the load dtype', facts.loadDtype);
}

function callIn(document: Document | undefined, test: (call: Call) => boolean): Call | undefined {
  return document?.units.find((unit): unit is Call => unit.kind === 'call' && test(unit));
}

function pythonFacts(o: Options, recognized: Recognized, context: AdapterContext): TrainerFacts {
  const document = recognized.sections[0]?.document;
  const load = recognized.sections.find(({ scope }) => scope.id === 'from_pretrained')?.unit;
  const call = load?.kind === 'call' ? load : undefined;
  const model = modelOf(call, recognized.grip.file, context);
  const has = (id: string): boolean => recognized.sections.some(({ scope }) => scope.id === id);
  const method = pythonMethod(o, has('LoraConfig'), document);
  const prepares =
    callIn(document, (one) => one.callee === 'prepare_model_for_kbit_training') !== undefined;
  const key = o.has('dtype') ? 'dtype' : 'torch_dtype';
  const named = o.has(key) && known(o.text(key)) !== 'auto';
  const attention = o.text('attn_implementation');
  return {
    model,
    method,
    quantization: bitsAndBytes(o, has('BitsAndBytesConfig'), prepares),
    loadDtype: named ? dtypeOf(o.text(key)) : defaultLoadDtype(model, context),
    rest: {
      ...(o.has('attn_implementation') ? { attention: attentionOf(attention) } : {}),
      ...(has('LoraConfig') ? loraFields(o) : {}),
      ...spread(call),
    },
  };
}

/** `device_map="auto"` spreads the layers over however many GPUs there are. */
function spread(load: Call | undefined): RunDraft {
  const map = load?.entries.find((entry) => entry.key === 'device_map')?.value;
  if (map?.kind !== 'scalar' || !/^(?:auto|balanced|sequential)/.test(map.text)) return {};
  return {
    'parallel.pipelineParallel': byDefault<number>(UNKNOWN, 'device_map spreads the layers'),
  };
}

/** Calls that put an adapter on the model, whichever its kind. */
const ADAPTER_CALLS =
  /^(?:get_peft_model|get_peft_config|prepare_model_for_kbit_training|add_adapter|load_adapter)$/;

function pythonMethod(o: Options, lora: boolean, document: Document | undefined): Sourced<Method> {
  if (lora) {
    const dora = o.bool('LoraConfig.use_dora').value === true;
    return derived<Method>(dora ? 'dora' : 'lora', 'a LoraConfig is made');
  }
  const adapter = callIn(
    document,
    (call) =>
      ADAPTER_CALLS.test(call.callee) ||
      call.receiver === 'PeftModel' ||
      call.entries.some((entry) => entry.key === 'peft_config'),
  );
  if (adapter === undefined) return derived<Method>('full', 'no adapter is made');
  return derived<Method>('other', `\`${adapter.callee}\` makes an adapter`);
}

function modelOf(call: Call | undefined, file: string, context: AdapterContext): Sourced<ModelRef> {
  const entry = call === undefined ? undefined : modelEntry(call);
  if (entry === undefined) return byDefault<ModelRef>(UNKNOWN, 'no model is named');
  const text = asText(entry.value);
  return written<ModelRef>(text === UNKNOWN ? UNKNOWN : context.model(text), file, entry);
}

/** PEFT's LoraConfig. Without targets PEFT picks q and v of most decoders. */
export function loraFields(o: Options): RunDraft {
  const targets = o.texts('LoraConfig.target_modules');
  const names = known(targets);
  const all = names?.length === 1 && names[0] === 'all-linear';
  return {
    'lora.rank': o.int('LoraConfig.r'),
    'lora.alpha': o.float('LoraConfig.lora_alpha'),
    'lora.dropout': o.float('LoraConfig.lora_dropout'),
    'lora.rslora': o.bool('LoraConfig.use_rslora'),
    'lora.modulesToSave': o.texts('LoraConfig.modules_to_save'),
    'lora.targets': { value: all ? 'all-linear' : (names ?? UNKNOWN), origin: targets.origin },
  };
}

/** BitsAndBytesConfig as transformers reads it: fp4 and float32 compute by default. */
export function bitsAndBytes(
  o: Options,
  present: boolean,
  kbitPrepare: boolean,
): Sourced<Quantization | null> {
  if (!present) return byDefault<Quantization | null>(null, 'no quantisation config');
  const four = o.bool('BitsAndBytesConfig.load_in_4bit');
  const eight = o.bool('BitsAndBytesConfig.load_in_8bit');
  if (four.value === true)
    return derived<Quantization | null>({ ...fourBit(o), kbitPrepare }, 'load_in_4bit', four);
  if (eight.value === true)
    return derived<Quantization | null>(
      { method: 'bnb', bits: 8, type: 'int8', kbitPrepare },
      'load_in_8bit',
      eight,
    );
  const unknown = four.value === UNKNOWN || eight.value === UNKNOWN;
  return derived<Quantization | null>(unknown ? UNKNOWN : null, 'neither is on', four, eight);
}

function fourBit(o: Options): Quantization {
  const type = known(o.text('BitsAndBytesConfig.bnb_4bit_quant_type'));
  const compute = known(dtypeOf(o.text('BitsAndBytesConfig.bnb_4bit_compute_dtype')));
  return {
    method: 'bnb',
    bits: 4,
    type: type === 'nf4' ? 'nf4' : 'fp4',
    doubleQuant: o.bool('BitsAndBytesConfig.bnb_4bit_use_double_quant').value === true,
    computeDtype: compute ?? 'float32',
  };
}
