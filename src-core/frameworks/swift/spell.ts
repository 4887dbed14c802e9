import type { Options } from '../../run/options.ts';
import type { FieldName, RunFields } from '../../run/run-fields.ts';
import { known } from '../../run/sourced.ts';
import type { Attention, Quantization } from '../../run/training-run.ts';
import type { OptionChange } from '../framework.ts';

const TORCH_NAMES = { fp32: 'float32', fp16: 'float16', bf16: 'bfloat16', fp8: undefined } as const;

/** Swift's spelling of fields that are more than one key. */
export function spellSwift<K extends FieldName>(
  field: K,
  to: RunFields[K],
  options: Options,
): readonly OptionChange[] | undefined {
  switch (field) {
    case 'precision':
      return spellPrecision(to as RunFields['precision'], options);
    case 'trainableDtype':
      return spellTrainable(to as RunFields['trainableDtype'], options);
    case 'loadDtype':
      return [{ key: 'torch_dtype', to: to as RunFields['loadDtype'] }];
    case 'quantization':
      return spellQuantization(to as Quantization | null);
    case 'method':
      return [{ key: 'tuner_type', to: to as string }];
    case 'attention':
      return spellAttention(to as Attention, options);
    case 'rollout.sleeps':
      return [{ key: 'sleep_level', to: to === true ? 1 : 0 }];
    case 'parallel.zeroStage':
      return spellZero(to as RunFields['parallel.zeroStage'], options);
    default:
      return undefined;
  }
}

const flash = (to: Attention): boolean => to.startsWith('flash_attention');

/** Packed samples need flash attention: sft_args.py, _check_padding_free. */
function spellAttention(to: Attention, o: Options): readonly OptionChange[] | undefined {
  if (o.has('attention_backend')) return spellBackend(to, o);
  const packs = ['packing', 'padding_free'].some((key) => o.bool(key).value === true);
  return packs && !flash(to) ? undefined : [{ key: 'attn_impl', to }];
}

/** Megatron's backends; but for flash attention none takes samples without padding. */
function spellBackend(to: Attention, o: Options): readonly OptionChange[] | undefined {
  if (flash(to)) return [{ key: 'attention_backend', to: 'flash' }];
  if (to !== 'eager' || o.bool('packing').value === true) return undefined;
  return [
    { key: 'attention_backend', to: 'unfused' },
    { key: 'padding_free', to: false },
  ];
}

/** The stage stands in the name of swift's own config; another config, or FSDP, is not touched. */
function spellZero(
  to: RunFields['parallel.zeroStage'],
  options: Options,
): readonly OptionChange[] | undefined {
  const name = options.has('deepspeed') ? (known(options.text('deepspeed')) ?? '') : 'zero0';
  const own = /^zero[0-3]$/.test(name) && !options.has('fsdp');
  return own ? [{ key: 'deepspeed', to: `zero${to}` }] : undefined;
}

function spellPrecision(
  to: RunFields['precision'],
  options: Options,
): readonly OptionChange[] | undefined {
  const name = TORCH_NAMES[to];
  if (name === undefined) return undefined;
  const changes: OptionChange[] = [{ key: 'torch_dtype', to: name }];
  // float32 weights mean fp16 autocast here unless both flags say no.
  const flag = to === 'fp32' ? false : null;
  for (const key of ['fp16', 'bf16'])
    if (flag === false || options.has(key)) changes.push({ key, to: flag });
  return changes;
}

/** fp32 weights under the autocast of now: both flags must be said, float32 alone means fp16. */
function spellTrainable(
  to: RunFields['trainableDtype'],
  options: Options,
): readonly OptionChange[] | undefined {
  if (to !== 'float32') return undefined;
  const load = known(options.text('torch_dtype')) ?? '';
  const fp16 =
    options.bool('bf16').value !== true &&
    (options.bool('fp16').value === true || /\bfloat16$/.test(load));
  return [
    { key: 'torch_dtype', to: 'float32' },
    { key: 'fp16', to: fp16 },
    { key: 'bf16', to: !fp16 },
  ];
}

function spellQuantization(to: Quantization | null): readonly OptionChange[] | undefined {
  if (to === null)
    return [
      { key: 'quant_method', to: null },
      { key: 'quant_bits', to: null },
    ];
  if (to.method !== 'bnb') return undefined;
  return [
    { key: 'quant_method', to: 'bnb' },
    { key: 'quant_bits', to: to.bits },
  ];
}
