import type { DType } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { ModelRef, Quantization } from '../../run/training-run.ts';

/** Formats that `configure_quantization` takes apart on load, whatever `quantization_bit` says. */
const DEQUANTIZED = new Set(['mxfp4', 'fp8']);

/** How frozen weights are stored: quantization_bit, unless the checkpoint is unpacked on load. */
export function quantizationOf(o: Options, model: Sourced<ModelRef>): Sourced<Quantization | null> {
  const packed = known(model)?.record?.quantized;
  if (packed !== undefined && DEQUANTIZED.has(packed))
    return derived<Quantization | null>(null, `LLaMA-Factory unpacks ${packed} checkpoints`, model);
  if (!o.has('quantization_bit') || o.isNull('quantization_bit'))
    return byDefault<Quantization | null>(null, 'no quantization_bit');
  const bits = o.int('quantization_bit');
  const width = known(bits);
  if (width !== 2 && width !== 3 && width !== 4 && width !== 8)
    return { value: UNKNOWN, origin: bits.origin };
  const name = o.has('quantization_method') ? known(o.text('quantization_method')) : 'bnb';
  const methods: Readonly<Record<string, Quantization['method']>> = {
    bnb: 'bnb',
    bitsandbytes: 'bnb',
    hqq: 'hqq',
    eetq: 'eetq',
    mxfp4: 'mxfp4',
    fp8: 'fp8',
  };
  const method = methods[name ?? ''] ?? 'other';
  const base: Quantization = { method, bits: width };
  if (method !== 'bnb') return { value: base, origin: bits.origin };
  return { value: { ...base, ...bnb(o, width, model) }, origin: bits.origin };
}

function bnb(o: Options, bits: number, model: Sourced<ModelRef>): Partial<Quantization> {
  if (bits === 8) return { type: 'int8' };
  const compute = autocastDtype(o, model);
  return {
    type: o.text('quantization_type').value === 'fp4' ? 'fp4' : 'nf4',
    doubleQuant: o.bool('double_quantization').value !== false,
    kbitPrepare: false,
    ...(compute === undefined ? {} : { computeDtype: compute, storageDtype: compute }),
  };
}

/** compute_dtype of parser.py: the flags, else what the checkpoint was published in. */
function autocastDtype(o: Options, model: Sourced<ModelRef>): DType | undefined {
  if (o.bool('bf16').value === true || o.bool('pure_bf16').value === true) return 'bfloat16';
  if (o.bool('fp16').value === true) return 'float16';
  return known(model)?.record?.dtype;
}
