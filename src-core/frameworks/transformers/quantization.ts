import type { DType } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { Quantization } from '../../run/training-run.ts';
import type { Unit } from '../../syntax/document.ts';
import { isSet } from '../constraint.ts';
import type { Recognized } from '../framework.ts';
import { dtypeOf } from '../hf/trainer-fields.ts';
import { isMentionedOnce } from '../python/runs.ts';

/**
 * How the loaded weights are packed: the BitsAndBytesConfig of the run, the switches of the load
 * itself, or nothing where the load is seen and names no such thing.
 */
export function quantizationOf(
  o: Options,
  load: Unit | undefined,
  kbitPrepare: boolean,
): Sourced<Quantization | null> {
  const unread = load?.kind === 'call' && load.open;
  const named = isSet(o, 'from_pretrained.quantization_config');
  const packs = ['load_in_4bit', 'load_in_8bit'].some((key) => o.has(`BitsAndBytesConfig.${key}`));
  if (packs && (named || !unread)) return bitsAndBytes(o, 'BitsAndBytesConfig', kbitPrepare);
  if (['load_in_4bit', 'load_in_8bit'].some((key) => o.has(`from_pretrained.${key}`)))
    return bitsAndBytes(o, 'from_pretrained', kbitPrepare);
  if (unread || named)
    return byDefault<Quantization | null>(UNKNOWN, 'the quantisation cannot be read');
  return byDefault<Quantization | null>(null, 'no quantisation config');
}

/** bitsandbytes as transformers reads it from one of two scopes: fp4 and float32 compute by default. */
export function bitsAndBytes(
  o: Options,
  scope: 'BitsAndBytesConfig' | 'from_pretrained',
  kbitPrepare: boolean,
): Sourced<Quantization | null> {
  const four = o.bool(`${scope}.load_in_4bit`);
  const eight = o.bool(`${scope}.load_in_8bit`);
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
  const compute = computeOf(o);
  return {
    method: 'bnb',
    bits: 4,
    type: type === 'nf4' ? 'nf4' : 'fp4',
    doubleQuant: o.bool('BitsAndBytesConfig.bnb_4bit_use_double_quant').value === true,
    ...(compute !== undefined && { computeDtype: compute }),
    ...storageOf(o, 'BitsAndBytesConfig.bnb_4bit_quant_storage'),
  };
}

/** What packed weights are stored in, where it is written: uint8 otherwise. */
export function storageOf(o: Options, key: string): Pick<Quantization, 'storageDtype'> {
  const storageDtype = isSet(o, key) ? known(dtypeOf(o.text(key))) : undefined;
  return storageDtype === undefined ? {} : { storageDtype };
}

/** float32 when nothing is written; `undefined` when what is written cannot be read. */
function computeOf(o: Options): DType | undefined {
  const key = 'BitsAndBytesConfig.bnb_4bit_compute_dtype';
  return isSet(o, key) ? known(dtypeOf(o.text(key))) : 'float32';
}

/**
 * The variable of a BitsAndBytesConfig that no line of the program mentions again: nothing is quantised
 * by it. Silent where no load of a model is seen, or the load takes a config or arguments that are not.
 */
export function unusedConfig({ sections }: Recognized): string | undefined {
  const unitOf = (id: string) => sections.find(({ scope }) => scope.id === id)?.unit;
  const load = unitOf('from_pretrained');
  const config = unitOf('BitsAndBytesConfig');
  const document = sections[0]?.document;
  if (load?.kind !== 'call' || load.open || config?.kind !== 'call') return undefined;
  const taken = load.entries.find(({ key }) => key === 'quantization_config')?.value;
  if (taken !== undefined && !(taken.kind === 'scalar' && taken.value === null)) return undefined;
  return document && isMentionedOnce(config, document) ? config.assignedTo : undefined;
}
