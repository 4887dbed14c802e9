import type { Options } from '../../run/options.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { Quantization } from '../../run/training-run.ts';
import { dtypeOf } from '../hf/trainer-fields.ts';
import { storageOf } from '../transformers/quantization.ts';

const METHODS: Readonly<Record<string, Quantization['method']>> = {
  bnb: 'bnb',
  hqq: 'hqq',
  eetq: 'eetq',
  quanto: 'other',
  fp8: 'fp8',
};

/** Quantisation on load: decided by quant_method alone (swift quant_args.py), but for unsloth. */
export function lowerSwiftQuantization(o: Options): Sourced<Quantization | null> {
  if (known(o.text('tuner_backend')) === 'unsloth') return byUnsloth(o);
  if (!o.has('quant_method') || o.isNull('quant_method'))
    return byDefault<Quantization | null>(null, 'swift quantises only with quant_method');
  const name = o.text('quant_method');
  const method = METHODS[known(name) ?? ''];
  const bits = o.int('quant_bits');
  const width = known(bits);
  if (method === undefined || (width !== 2 && width !== 3 && width !== 4 && width !== 8))
    return derived<Quantization | null>(UNKNOWN, 'quant_method and quant_bits', name, bits);
  const base: Quantization = { method, bits: width };
  if (method !== 'bnb') return derived<Quantization | null>(base, 'quant_method', name, bits);
  return derived<Quantization | null>(
    { ...base, ...bnb(o, width) },
    'quant_method bnb',
    name,
    bits,
  );
}

/** swift/model/register.py, `load_by_unsloth`: 4 and 8 bits are bitsandbytes', whatever the method. */
function byUnsloth(o: Options): Sourced<Quantization | null> {
  const bits = o.int('quant_bits');
  const width = known(bits);
  if (!o.has('quant_bits') || o.isNull('quant_bits') || known(o.text('tuner_type')) === 'full')
    return byDefault<Quantization | null>(null, 'unsloth quantises what quant_bits says');
  if (width !== 4 && width !== 8)
    return derived<Quantization | null>(width === undefined ? UNKNOWN : null, 'quant_bits', bits);
  const nf4 = { type: 'nf4', doubleQuant: true } as const;
  return derived<Quantization | null>(
    { method: 'bnb', bits: width, ...(width === 4 ? nf4 : { type: 'int8' }) },
    'quant_bits',
    bits,
  );
}

function bnb(o: Options, bits: number): Partial<Quantization> {
  if (bits === 8) return { type: 'int8' };
  const load = known(dtypeOf(o.text('torch_dtype')));
  const written = known(dtypeOf(o.text('bnb_4bit_compute_dtype')));
  // float16 and float32 weights compute in float32 unless told otherwise (quant_args.py).
  const fallback = load === 'bfloat16' || load === undefined ? 'bfloat16' : 'float32';
  return {
    type: o.text('bnb_4bit_quant_type').value === 'fp4' ? 'fp4' : 'nf4',
    doubleQuant: o.bool('bnb_4bit_use_double_quant').value !== false,
    computeDtype: written ?? fallback,
    ...storageOf(o, 'bnb_4bit_quant_storage'),
    kbitPrepare: false,
  };
}
