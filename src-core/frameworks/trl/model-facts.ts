import type { DType } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN, written } from '../../run/sourced.ts';
import type { Method, ModelRef, Quantization, Stage } from '../../run/training-run.ts';
import { asText } from '../convert.ts';
import type { AdapterContext, Recognized } from '../framework.ts';
import { attentionOf, dtypeOf } from '../hf/trainer-fields.ts';
import { savedAsLoaded, sureModules } from '../peft/dtypes.ts';
import { pythonFacts as callFacts, type TrainerFacts } from '../transformers/facts.ts';
import { storageOf } from '../transformers/quantization.ts';
import { modelByName, namedModel } from './model-init.ts';

/** The model, its format and its adapter as the options of `trl sft` and its sisters name them. */
export function commandFacts(o: Options, stage: Stage, context: AdapterContext): TrainerFacts {
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
  const quantization = commandQuantization(o);
  const loadDtype = auto
    ? derived<DType>(published ?? UNKNOWN, "the checkpoint's own dtype", dtype, model)
    : dtypeOf(dtype);
  const loader = stage === 'reward' ? 'ForSequenceClassification' : 'ForCausalLM';
  const saved = o.texts('lora_modules_to_save');
  const saves = known(saved)?.some((name) => sureModules(loader, model).includes(name));
  const asLoaded = saves && peft.value === true && quantization.value === null;
  return {
    model,
    method,
    quantization,
    loadDtype,
    rest: {
      ...(asLoaded && { savedDtype: savedAsLoaded(saved, loadDtype) }),
      ...(o.has('attn_implementation')
        ? { attention: attentionOf(o.text('attn_implementation')) }
        : {}),
      ...commandLora(o),
    },
  };
}

function commandQuantization(o: Options): Sourced<Quantization | null> {
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
        ...storageOf(o, 'bnb_4bit_quant_storage'),
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

function commandLora(o: Options): RunDraft {
  const targets = o.texts('lora_target_modules');
  const names = known(targets);
  const all = names?.includes('all-linear') ?? false;
  return {
    'lora.rank': o.int('lora_r'),
    'lora.alpha': o.float('lora_alpha'),
    'lora.dropout': o.float('lora_dropout'),
    'lora.rslora': o.bool('use_rslora'),
    ...(o.has('lora_modules_to_save')
      ? { 'lora.modulesToSave': o.texts('lora_modules_to_save') }
      : {}),
    'lora.targets': { value: all ? 'all-linear' : (names ?? UNKNOWN), origin: targets.origin },
  };
}

/** The same of Python: what is loaded there, or the model that a trainer is given by name. */
export function pythonFacts(
  o: Options,
  recognized: Recognized,
  context: AdapterContext,
): TrainerFacts {
  const facts = callFacts(o, recognized, context);
  const named = modelByName(recognized);
  if (named === undefined) return facts;
  const { trainer, entry } = named;
  const text = asText(entry.value);
  const model = written<ModelRef>(
    text === UNKNOWN ? UNKNOWN : context.model(text),
    recognized.sections.at(-1)?.file ?? '',
    entry,
  );
  const { quantization, loadDtype, rest } = namedModel(o, recognized, trainer, model, context);
  const configured = recognized.sections.some(({ scope }) => scope.id === 'BitsAndBytesConfig');
  return {
    ...facts,
    model,
    loadDtype,
    quantization: configured ? facts.quantization : (quantization ?? facts.quantization),
    rest: { ...facts.rest, ...rest },
  };
}
