import type { DType } from '../../facts/dtypes.ts';
import { moduleNames } from '../../facts/module-names.ts';
import type { Options } from '../../run/options.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { ModelRef, Quantization } from '../../run/training-run.ts';
import type { Call, Document, Unit } from '../../syntax/document.ts';
import { CASTING } from '../../syntax/python/python.ts';
import { loadsModel } from '../python/calls.ts';
import { textOf } from '../python/follow.ts';

/** Dtypes of what trains beside frozen weights, where PEFT does not keep it in fp32. */
export interface AdapterDtypes {
  readonly adapterDtype?: Sourced<DType>;
  readonly savedDtype?: Sourced<DType>;
}

/** What is loaded, as far as it decides those dtypes. */
export interface Loaded {
  readonly model: Sourced<ModelRef>;
  readonly loadDtype: Sourced<DType>;
  readonly quantization: Sourced<Quantization | null>;
}

/**
 * A program's LoRA: `get_peft_model` casts the layers of the tuner to fp32, and nothing else
 * (tuners/tuners_utils.py, cast_adapter_dtype); `add_adapter` of transformers casts nothing
 * (integrations/peft.py).
 */
export function adapterDtypes(o: Options, document: Document, loaded: Loaded): AdapterDtypes {
  const calls = document.units.filter((unit: Unit): unit is Call => unit.kind === 'call');
  const [load, ...others] = calls.filter(loadsModel);
  const { loadDtype, quantization } = loaded;
  if (load === undefined || others.length > 0 || quantization.value !== null) return {};
  if (calls.some(castsUp)) return {};
  const wraps = calls.filter(wrapsModel);
  const uncast = wraps.length === 0 ? calls.some(isAddAdapter) : wraps.every(castsNothing);
  const cast = uncast ? castingOf(calls, document) : undefined;
  if (cast !== undefined)
    return { adapterDtype: byDefault<DType>(UNKNOWN, `\`${cast.callee}\` may cast the adapters`) };
  const how = 'adapters stay in the dtype of the weights';
  if (uncast) return { adapterDtype: derived<DType>(loadDtype.value, how, loadDtype) };
  const saved = wraps.length === 0 ? undefined : savedModules(o, load, loaded);
  return saved === undefined ? {} : { savedDtype: savedAsLoaded(saved, loadDtype) };
}

/** The dtype of whole modules that train: PEFT copies them as they are. */
export function savedAsLoaded(by: Sourced<unknown>, loadDtype: Sourced<DType>): Sourced<DType> {
  const how = 'PEFT trains whole modules in the dtype they are loaded in';
  return derived<DType>(loadDtype.value, how, by, loadDtype);
}

/** Whether a program makes weights fp32 by itself. */
function castsUp({ callee, receiver, positional, entries }: Call): boolean {
  if (/^prepare_model_for_\w+_training$/.test(callee)) return true;
  if (callee === 'float') return receiver !== '';
  const values = [...positional, ...entries.map(({ value }) => value)];
  return (
    callee === 'to' &&
    values.some((one) => one.kind === 'scalar' && /^torch\.float(?:32)?$/.test(one.text))
  );
}

/**
 * A function that may cast what an adapter has added: by its name (diffusers training_utils.py, cast_training_params),
 * or because it is given the model and a dtype.
 */
function castingOf(calls: readonly Call[], document: Document): Call | undefined {
  const adapted = new Set(calls.filter(isAddAdapter).map(({ receiver }) => receiver));
  return calls.find(({ callee, positional, entries }) => {
    if (CASTING.test(callee)) return positional[0]?.kind !== 'scalar';
    if (/^[A-Z]/.test(callee)) return false;
    const values = [...positional, ...entries.map(({ value }) => value)].map((value) =>
      textOf(value, document),
    );
    const typed = entries.some(({ key }) => /dtype/.test(key));
    return (
      values.some((text) => adapted.has(text)) &&
      (typed || values.some((text) => /^torch\.(?:b?float|half)|dtype/.test(text)))
    );
  });
}

/** Whether a call makes a PeftModel. */
export function wrapsModel({ callee, receiver, entries }: Call): boolean {
  if (callee === 'get_peft_model' || receiver === 'PeftModel') return true;
  return entries.some(({ key }) => key === 'peft_config');
}

/** `model.add_adapter(config)`; that of a PeftModel takes a name first. */
function isAddAdapter({ callee, positional }: Call): boolean {
  return callee === 'add_adapter' && positional[0]?.kind !== 'scalar';
}

function castsNothing({ entries }: Call): boolean {
  const value = entries.find(({ key }) => key === 'autocast_adapter_dtype')?.value;
  return value?.kind === 'scalar' && value.text === 'False';
}

/** The option that makes PEFT train a module that this model has for sure. */
function savedModules(
  o: Options,
  { receiver }: Call,
  { model }: Loaded,
): Sourced<unknown> | undefined {
  const [list, task] = ['LoraConfig.modules_to_save', 'LoraConfig.task_type'];
  const sure = sureModules(receiver, model);
  const names = o.node(list)?.kind === 'list' ? known(o.texts(list)) : undefined;
  if (names?.some((name) => sure.includes(name))) return o.texts(list);
  // PeftModelForSequenceClassification and its like add these to the list.
  const adds = /(?:SEQ|TOKEN)_CLS$/.test(known(o.text(task)) ?? '');
  return adds && sure.includes('score') ? o.text(task) : undefined;
}

const EMBEDDINGS = ['embed_tokens', 'embed_in', 'wte', 'word_embeddings'];

/** Embeddings and head of a decoder that a class loads, as far as they are known for sure. */
export function sureModules(loader: string, model: Sourced<ModelRef>): readonly string[] {
  const modelType = known(model)?.record?.arch?.modelType ?? '';
  const modules = moduleNames(modelType);
  if (modules === undefined || /^(?:m?t5|bart)$/.test(modelType)) return [];
  const embeddings = EMBEDDINGS.filter((name) => modules.all.has(name));
  if (/For(?:Sequence|Token)Classification$/.test(loader)) return [...embeddings, 'score'];
  if (!/For(?:CausalLM|LMHead)|LMHeadModel$/.test(loader)) return [];
  return [...embeddings, modelType === 'gpt_neox' ? 'embed_out' : 'lm_head'];
}
