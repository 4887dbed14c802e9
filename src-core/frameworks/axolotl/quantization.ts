import type { DType } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import { byDefault, derived, known, type Sourced } from '../../run/sourced.ts';
import type { Quantization } from '../../run/training-run.ts';
import { dtypeOf } from '../hf/trainer-fields.ts';

const at = (key: string): string => `config.${key}`;

/** 4-bit weights need `adapter: qlora`, 8-bit ones any other adapter. */
export function quantizationOf(
  o: Options,
  compute: Sourced<DType> | undefined,
): Sourced<Quantization | null> {
  const [adapter, four, eight] = [
    o.text(at('adapter')),
    o.bool(at('load_in_4bit')),
    o.bool(at('load_in_8bit')),
  ];
  const gptq = o.bool(at('gptq'));
  if (gptq.value === true)
    return derived<Quantization | null>({ method: 'gptq', bits: 4 }, 'gptq', gptq);
  if (known(adapter) === 'qlora' && four.value === true)
    return derived<Quantization | null>(fourBits(o, compute), 'QLoRA', adapter, four);
  if (known(adapter) !== undefined && known(adapter) !== 'qlora' && eight.value === true)
    return derived<Quantization | null>(
      { method: 'bnb', bits: 8, type: 'int8', ...experts(o) },
      'load_in_8bit',
      eight,
    );
  return derived<Quantization | null>(null, 'weights are not quantised', adapter, four, eight);
}

function fourBits(o: Options, compute: Sourced<DType> | undefined): Quantization {
  const kwargs = o.get(at('bnb_config_kwargs')).value;
  const own = typeof kwargs === 'object' && kwargs !== null && !Array.isArray(kwargs) ? kwargs : {};
  const asked = (key: string): unknown => Object.entries(own).find(([name]) => name === key)?.[1];
  const named = asked('bnb_4bit_compute_dtype');
  const dtype =
    typeof named === 'string'
      ? known(dtypeOf(byDefault(named, 'bnb_config_kwargs')))
      : compute && known(compute);
  return {
    method: 'bnb',
    bits: 4,
    type: asked('bnb_4bit_quant_type') === 'fp4' ? 'fp4' : 'nf4',
    doubleQuant: asked('bnb_4bit_use_double_quant') !== false,
    storageDtype: 'bfloat16',
    kbitPrepare: false,
    ...experts(o),
    ...(dtype === undefined ? {} : { computeDtype: dtype }),
  };
}

function experts(o: Options): Partial<Quantization> {
  return o.bool(at('quantize_moe_experts')).value === true ? { experts: true } : {};
}
