import type { DType } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN, written } from '../../run/sourced.ts';
import type { Method, ModelRef, Quantization, Stage } from '../../run/training-run.ts';
import type { Call, Document } from '../../syntax/document.ts';
import { asText } from '../convert.ts';
import type { AdapterContext, Recognized } from '../framework.ts';
import { attentionOf, dtypeOf } from '../hf/trainer-fields.ts';
import { adapterDtypes } from '../peft/dtypes.ts';
import { loadsModel, modelEntry } from '../python/calls.ts';
import { castDtype } from '../python/casts.ts';
import { callsOf } from '../python/follow.ts';
import { isAdapting, type PythonRun, pythonRun } from '../python/runs.ts';
import { defaultLoadDtype } from './default-dtype.ts';
import { quantizationOf, unusedConfig } from './quantization.ts';

/** What a run of transformers' Trainer needs beyond TrainingArguments. */
export interface TrainerFacts {
  readonly model: Sourced<ModelRef>;
  readonly method: Sourced<Method>;
  readonly quantization: Sourced<Quantization | null>;
  readonly loadDtype: Sourced<DType>;
  readonly rest: RunDraft;
  /** Of the adapters; absent: fp32. */
  readonly adapterDtype?: Sourced<DType>;
}

/** What the calls around a trainer say: the load, its quantisation, its adapter. */
export function pythonFacts(
  o: Options,
  recognized: Recognized,
  context: AdapterContext,
): TrainerFacts {
  const run = runOf(recognized);
  const document = recognized.sections[0]?.document;
  const calls = document === undefined ? [] : callsOf(document);
  // Without a trainer that is seen, any call of the program may adapt the model.
  const adapting = run?.adapting ?? calls.filter(isAdapting);
  const cast = run && document && castDtype(run, document);
  const load = recognized.sections.find(({ scope }) => scope.id === 'from_pretrained')?.unit;
  const call = load?.kind === 'call' ? load : undefined;
  const model = modelOf(call, document?.file.path ?? '', context);
  const has = (id: string): boolean => recognized.sections.some(({ scope }) => scope.id === id);
  const method = pythonMethod(o, has('LoraConfig'), adapting[0], document);
  const prepares = adapting.some(({ callee }) => callee === 'prepare_model_for_kbit_training');
  const key = o.has('dtype') ? 'dtype' : 'torch_dtype';
  const named = o.has(key) && known(o.text(key)) !== 'auto';
  const attention = o.text('attn_implementation');
  const quantization = unusedConfig(recognized)
    ? byDefault<Quantization | null>(null, 'the BitsAndBytesConfig is handed to nobody')
    : quantizationOf(o, load, prepares);
  const loadDtype = cast ?? (named ? dtypeOf(o.text(key)) : defaultLoadDtype(model, context));
  const { adapterDtype, savedDtype } =
    has('LoraConfig') && document !== undefined
      ? adapterDtypes(o, document, { model, loadDtype, quantization })
      : {};
  return {
    model,
    method,
    quantization,
    loadDtype,
    ...(adapterDtype && { adapterDtype }),
    rest: {
      ...(classifies(call) && { stage: derived<Stage>('classify', CLASSIFIES) }),
      ...(savedDtype && { savedDtype }),
      ...(o.has('attn_implementation') ? { attention: attentionOf(attention) } : {}),
      ...(has('LoraConfig') ? loraFields(o) : {}),
      ...spread(call, recognized, context),
    },
  };
}

const CLASSIFIES = 'the model is loaded with a score for each sequence';

/** Whether a model is loaded without a head over words. */
const classifies = (load: Call | undefined): boolean =>
  load !== undefined && /For(?:Sequence|Token)Classification$/.test(load.receiver);

/**
 * `device_map="auto"` spreads the layers over the GPUs that the one process sees. Where the first is
 * filled, or spared, how many each gets depends on the cards.
 */
export function spread(
  load: Pick<Call, 'entries'> | undefined,
  { launch }: Recognized,
  context: AdapterContext,
): RunDraft {
  const map = load?.entries.find((entry) => entry.key === 'device_map')?.value;
  if (map?.kind !== 'scalar' || !/^(?:auto|balanced|sequential)/.test(map.text)) return {};
  const how = 'device_map spreads the layers';
  const cards = context.gpus ?? launch.visibleGpus;
  const even = /^(?:auto|balanced)$/.test(map.text);
  if (cards === undefined || launch.worldSize !== undefined || !(even || known(cards) === 1))
    return { 'parallel.pipelineParallel': byDefault<number>(UNKNOWN, how) };
  return {
    'parallel.pipelineParallel': derived<number>(cards.value, how, cards),
    'parallel.worldSize': derived<number>(1, 'one process holds the whole model', cards),
  };
}

/** The calls of the run, when it is more than a load. */
function runOf({ sections }: Recognized): PythonRun | undefined {
  const args = sections.at(-1);
  if (args?.unit.kind !== 'call' || loadsModel(args.unit)) return undefined;
  return pythonRun(args.unit, args.document);
}

function pythonMethod(
  o: Options,
  lora: boolean,
  adapter: Call | undefined,
  document: Document | undefined,
): Sourced<Method> {
  if (lora) {
    const dora = o.bool('LoraConfig.use_dora').value === true;
    return derived<Method>(dora ? 'dora' : 'lora', 'a LoraConfig is made');
  }
  if (adapter === undefined) return ownWeights('no adapter is made', document);
  return derived<Method>('other', `\`${adapter.callee}\` makes an adapter`);
}

/**
 * Without an adapter all weights train. Where the program freezes any (of this model, or of another
 * one), how many are left cannot be read.
 */
export function ownWeights(how: string, document: Document | undefined): Sourced<Method> {
  const text = document?.file.text ?? '';
  const freezes = text.includes('requires_grad') && FREEZES.test(text);
  return derived<Method>(
    freezes ? 'freeze' : 'full',
    freezes ? 'the program freezes weights' : how,
  );
}

const FREEZES = /^(?:(?!#).)*\brequires_grad(?:\s*=\s*False|_\(\s*(?:requires_grad\s*=\s*)?False)/m;

/** Whether a method trains the model's own weights, or a part of them. */
export function trainsWeights(method: Sourced<Method>): boolean {
  return method.value === 'full' || method.value === 'freeze';
}

function modelOf(call: Call | undefined, file: string, context: AdapterContext): Sourced<ModelRef> {
  const entry = call === undefined ? undefined : modelEntry(call);
  if (entry === undefined) return byDefault<ModelRef>(UNKNOWN, 'no model is named');
  const text = asText(entry.value);
  return written<ModelRef>(text === UNKNOWN ? UNKNOWN : context.model(text), file, entry);
}

/** PEFT's LoraConfig, or a call that takes its options. Without targets PEFT picks q and v of most decoders. */
export function loraFields(o: Options, scope = 'LoraConfig'): RunDraft {
  const targets = o.texts(`${scope}.target_modules`);
  const names = known(targets);
  const all = names?.length === 1 && names[0] === 'all-linear';
  return {
    'lora.rank': o.int(`${scope}.r`),
    'lora.alpha': o.float(`${scope}.lora_alpha`),
    'lora.dropout': o.float(`${scope}.lora_dropout`),
    'lora.rslora': o.bool(`${scope}.use_rslora`),
    'lora.modulesToSave': o.texts(`${scope}.modules_to_save`),
    'lora.targets': { value: all ? 'all-linear' : (names ?? UNKNOWN), origin: targets.origin },
  };
}
