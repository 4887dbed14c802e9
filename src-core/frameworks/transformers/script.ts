import type { DType } from '../../facts/dtypes.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN, written } from '../../run/sourced.ts';
import type { Method, ModelRef, Quantization } from '../../run/training-run.ts';
import type { Entry } from '../../syntax/document.ts';
import { asBool, asInt, asNumber, asText } from '../convert.ts';
import type { AdapterContext, Recognized } from '../framework.ts';
import { attentionOf, dtypeOf } from '../hf/trainer-fields.ts';
import { defaultLoadDtype } from './default-dtype.ts';
import type { TrainerFacts } from './facts.ts';

/** Names that scripts in the wild give to the same thing; the last that is written counts. */
export const SCRIPT_NAMES = {
  model: [
    'model_name_or_path',
    'base_model_name_or_path',
    'pretrained_model_name_or_path',
    'model_name',
    'model_id',
    'model_path',
    'base_model',
  ],
  dtype: ['torch_dtype', 'dtype'],
  attention: ['attn_implementation'],
  lora: ['use_lora', 'lora_enable', 'use_peft', 'lora'],
  rank: ['lora_r', 'lora_rank'],
  alpha: ['lora_alpha'],
  dropout: ['lora_dropout'],
  length: ['max_seq_length', 'model_max_length', 'max_length', 'cutoff_len', 'block_size'],
} as const;

/**
 * What a script's own flags say. They are read by the names that scripts use; what such a flag
 * means is the script's business, so that everything here is a guess that only widens estimates.
 */
export function scriptFacts(recognized: Recognized, context: AdapterContext): TrainerFacts {
  const section = recognized.sections[0];
  const find = (names: readonly string[]): Entry | undefined =>
    section?.entries.findLast((entry) => names.includes(entry.key.replaceAll('-', '_')));
  const file = recognized.grip.file;
  const read = <T>(
    names: readonly string[],
    convert: (node: Entry['value']) => T | typeof UNKNOWN,
  ): Sourced<T> | undefined => {
    const entry = find(names);
    return entry === undefined ? undefined : written<T>(convert(entry.value), file, entry);
  };
  const text = read(SCRIPT_NAMES.model, asText);
  const name = text === undefined ? undefined : known(text);
  const model: Sourced<ModelRef> =
    text === undefined
      ? byDefault<ModelRef>(UNKNOWN, 'no model is named')
      : { value: name === undefined ? UNKNOWN : context.model(name), origin: text.origin };
  const rank = read(SCRIPT_NAMES.rank, asInt);
  const lora = read(SCRIPT_NAMES.lora, asBool);
  const dtype = read(SCRIPT_NAMES.dtype, asText);
  const attention = read(SCRIPT_NAMES.attention, asText);
  const length = read(SCRIPT_NAMES.length, asInt);
  const alpha = read(SCRIPT_NAMES.alpha, asNumber);
  const dropout = read(SCRIPT_NAMES.dropout, asNumber);
  return {
    model,
    method: methodOf(lora, rank),
    quantization: byDefault<Quantization | null>(UNKNOWN, "the script's own business"),
    loadDtype: loadOf(dtype, model, context),
    rest: {
      ...(attention && { attention: attentionOf(attention) }),
      ...(length && { maxLength: length }),
      ...(rank && { 'lora.rank': rank }),
      ...(alpha && { 'lora.alpha': alpha }),
      ...(dropout && { 'lora.dropout': dropout }),
    },
  };
}

function methodOf(
  lora: Sourced<boolean> | undefined,
  rank: Sourced<number> | undefined,
): Sourced<Method> {
  if (lora?.value === true) return derived<Method>('lora', 'the flag', lora);
  if (lora?.value === false || (lora === undefined && rank !== undefined))
    return derived<Method>(UNKNOWN, 'the script decides', ...(lora ? [lora] : []));
  return byDefault<Method>(UNKNOWN, 'the script decides');
}

function loadOf(
  dtype: Sourced<string> | undefined,
  model: Sourced<ModelRef>,
  context: AdapterContext,
): Sourced<DType> {
  if (dtype === undefined) return derived<DType>(UNKNOWN, 'the script decides');
  return known(dtype) === 'auto' ? defaultLoadDtype(model, context) : dtypeOf(dtype);
}
