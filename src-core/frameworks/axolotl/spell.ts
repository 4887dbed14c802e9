import type { Options } from '../../run/options.ts';
import type { FieldName, RunFields } from '../../run/run-fields.ts';
import type { Attention, Quantization } from '../../run/training-run.ts';
import { isSet } from '../constraint.ts';
import type { OptionChange } from '../framework.ts';
import { LEGACY_ATTENTION } from './facts.ts';

/** axolotl's spelling of fields that are more than one key, or the other way round. */
export function spellAxolotl<K extends FieldName>(
  field: K,
  to: RunFields[K],
  options: Options,
): readonly OptionChange[] | undefined {
  switch (field) {
    case 'precision':
      return spellPrecision(to as RunFields['precision'], options);
    case 'quantization':
      return spellQuantization(to as Quantization | null, options);
    case 'method':
      return spellMethod(to as RunFields['method'], options);
    case 'attention':
      return spellAttention(to as Attention, options);
    case 'lora.targets':
      return spellTargets(to as RunFields['lora.targets']);
    case 'lossKernel':
      return to === 'chunked' ? [{ key: 'chunked_cross_entropy', to: true }] : undefined;
    default:
      return undefined;
  }
}

/** `bf16` is `auto` when it is left out, so that turning it off must be written. */
function spellPrecision(
  to: RunFields['precision'],
  o: Options,
): readonly OptionChange[] | undefined {
  if (to === 'fp8') return undefined;
  const drop = ['fp16', 'bfloat16', 'float16']
    .filter((key) => key !== to && o.has(key))
    .map((key): OptionChange => ({ key, to: null }));
  if (to === 'bf16') return [{ key: 'bf16', to: true }, ...drop];
  const off: OptionChange = { key: 'bf16', to: false };
  return to === 'fp16' ? [{ key: 'fp16', to: true }, off, ...drop] : [off, ...drop];
}

/** QAT starts from weights that are not quantised (utils/schemas/config.py, check_qat_config). */
function spellQuantization(
  to: Quantization | null,
  o: Options,
): readonly OptionChange[] | undefined {
  if (to !== null && isSet(o, 'qat')) return undefined;
  if (to === null)
    return [
      { key: 'adapter', to: 'lora' },
      { key: 'load_in_4bit', to: null },
      { key: 'load_in_8bit', to: null },
    ];
  const [on, off] =
    to.bits === 8 ? ['load_in_8bit', 'load_in_4bit'] : ['load_in_4bit', 'load_in_8bit'];
  return [
    { key: 'adapter', to: to.bits === 8 ? 'lora' : 'qlora' },
    { key: on, to: true },
    { key: off, to: null },
  ];
}

function spellMethod(to: RunFields['method'], o: Options): readonly OptionChange[] | undefined {
  if (to === 'full')
    return ['adapter', 'load_in_4bit', 'load_in_8bit'].map((key) => ({ key, to: null }));
  if (to !== 'lora') return undefined;
  const targets = ['lora_target_linear', 'lora_target_modules', 'lora_target_parameters'];
  return [
    { key: 'adapter', to: 'lora' },
    ...(isSet(o, 'lora_r') ? [] : [{ key: 'lora_r', to: 16 }]),
    ...(isSet(o, 'lora_alpha') ? [] : [{ key: 'lora_alpha', to: 32 }]),
    ...(targets.some((key) => isSet(o, key)) ? [] : [{ key: 'lora_target_linear', to: true }]),
  ];
}

function spellAttention(to: Attention, o: Options): readonly OptionChange[] | undefined {
  if (to === 'other' || to === 'flash_attention_4') return undefined;
  const drop = LEGACY_ATTENTION.map(([key]) => key).filter((key) => o.has(key));
  return [{ key: 'attn_implementation', to }, ...drop.map((key) => ({ key, to: null }))];
}

function spellTargets(to: RunFields['lora.targets']): readonly OptionChange[] {
  if (to === 'all-linear')
    return [
      { key: 'lora_target_linear', to: true },
      { key: 'lora_target_modules', to: null },
    ];
  return [
    { key: 'lora_target_modules', to },
    { key: 'lora_target_linear', to: null },
  ];
}
