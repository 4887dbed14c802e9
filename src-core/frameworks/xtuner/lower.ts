import type { DType, MixedPrecision } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN, written } from '../../run/sourced.ts';
import type { Method, ModelRef } from '../../run/training-run.ts';
import type { Call, Entry, Node } from '../../syntax/document.ts';
import { asBool, asInt, asNumber, asText } from '../convert.ts';
import type { AdapterContext, Lowered, Recognized } from '../framework.ts';
import { computeDtypeOf, DEFAULT_ATTENTION, dtypeOf, lossScalingOf } from '../hf/trainer-fields.ts';
import { loraFields } from '../transformers/facts.ts';
import { quantizationOf } from '../transformers/quantization.ts';
import { varlenProblems } from './problems.ts';
import { typeOf } from './recognize.ts';

/** An xtuner config as a training run: mmengine's AMP around a transformers model. */
export function lowerXtuner(o: Options, recognized: Recognized, context: AdapterContext): Lowered {
  const document = recognized.sections[0]?.document;
  if (document === undefined) return { draft: {}, problems: [] };
  const file = document.file.path;
  const calls = document.units.filter((unit): unit is Call => unit.kind === 'call');
  const read = <T>(
    variable: string,
    key: string,
    convert: (node: Node) => T | typeof UNKNOWN,
  ): Sourced<T> => {
    const call = calls.findLast((one) => one.assignedTo === variable);
    const entry = call?.entries.findLast((one) => one.key === key);
    return entry === undefined
      ? byDefault<T>(UNKNOWN, 'not stated')
      : written<T>(convert(entry.value), file, entry);
  };
  const has = (id: string): boolean => recognized.sections.some(({ scope }) => scope.id === id);
  const model = modelOf(recognized, context);
  const loadDtype = dtypeOf(o.text('torch_dtype'));
  const amp = ampOf(calls, read('optim_wrapper', 'dtype', asText));
  const method = methodOf(calls, has('LoraConfig'));
  const adapts = has('LoraConfig');
  const trainable = adapts
    ? byDefault<DType>('float32', 'PEFT keeps adapters in fp32')
    : derived<DType>(loadDtype.value, 'the load dtype', loadDtype);
  const optimizer = calls.findLast((call) => call.entries.some((one) => one.key === 'lr'));
  const rows = read('train_dataloader', 'batch_size', asInt);
  const packs = read('train_dataset', 'pack_to_max_length', asBool);
  const draft: RunDraft = {
    model,
    method,
    quantization: quantizationOf(o, undefined, adapts),
    loadDtype,
    mixedPrecision: amp,
    computeDtype: computeDtypeOf(amp, loadDtype),
    lossScaling: lossScalingOf(amp),
    trainableDtype: trainable,
    optimizerDtype: derived<DType>(trainable.value, "the weights' dtype", trainable),
    precision: derived<'fp32' | 'fp16' | 'bf16' | 'fp8'>(
      amp.value === 'none' ? UNKNOWN : amp.value,
      'the optimizer wrapper',
      amp,
    ),
    attention: DEFAULT_ATTENTION,
    microBatch: rows,
    gradientAccumulation: read('optim_wrapper', 'accumulative_counts', asInt),
    maxLength: read('train_dataset', 'max_length', asInt),
    packing: packs,
    gradientCheckpointing: byDefault(true, 'SupervisedFinetune checkpoints activations'),
    learningRate: optionOf(optimizer, 'lr', file),
    weightDecay: optionOf(optimizer, 'weight_decay', file),
    optimizer: byDefault<string>(UNKNOWN, 'optim_type'),
    'parallel.worldSize': byDefault<number>(UNKNOWN, 'the config does not show its launch'),
    'parallel.engine': byDefault<'none'>(UNKNOWN, '--deepspeed is given at launch'),
    ...(adapts ? loraFields(o) : {}),
  };
  const asked = read('train_dataset', 'use_varlen_attn', asBool);
  return { draft, problems: varlenProblems({ asked, rows, packs }) };
}

/** Without an adapter everything trains in SupervisedFinetune; other models freeze parts. */
function methodOf(calls: readonly Call[], adapts: boolean): Sourced<Method> {
  if (adapts) return byDefault<Method>('lora', 'lora=dict(...)');
  const model = calls.findLast((call) => call.assignedTo === 'model');
  const plain = model !== undefined && typeOf(model).endsWith('SupervisedFinetune');
  return byDefault<Method>(plain ? 'full' : 'other', 'the model class');
}

function optionOf(call: Call | undefined, key: string, file: string): Sourced<number> {
  const entry = call?.entries.findLast((one) => one.key === key);
  return entry === undefined
    ? byDefault<number>(UNKNOWN, 'not stated')
    : written<number>(asNumber(entry.value), file, entry);
}

/** AmpOptimWrapper: fp16 unless `dtype` says otherwise; OptimWrapper: no autocast. */
function ampOf(calls: readonly Call[], dtype: Sourced<string>): Sourced<MixedPrecision> {
  const wrapper = calls.findLast((call) => call.assignedTo === 'optim_wrapper');
  const type = wrapper === undefined ? '' : typeOf(wrapper);
  if (!type.endsWith('AmpOptimWrapper'))
    return byDefault<MixedPrecision>(type === '' ? UNKNOWN : 'none', 'the optimizer wrapper');
  const name = known(dtype) ?? (dtype.origin.kind === 'default' ? 'float16' : undefined);
  const value: MixedPrecision | typeof UNKNOWN =
    name === 'float16' ? 'fp16' : name === 'bfloat16' ? 'bf16' : UNKNOWN;
  return derived<MixedPrecision>(value, 'AmpOptimWrapper', dtype);
}

function modelOf(recognized: Recognized, context: AdapterContext): Sourced<ModelRef> {
  const load = recognized.sections.find(({ scope }) => scope.id === 'from_pretrained');
  const entry: Entry | undefined = load?.entries.findLast(
    (one) => one.key === 'pretrained_model_name_or_path',
  );
  if (entry === undefined) return byDefault<ModelRef>(UNKNOWN, 'no model is named');
  const text = asText(entry.value);
  return written<ModelRef>(
    text === UNKNOWN ? UNKNOWN : context.model(text),
    recognized.grip.file,
    entry,
  );
}
