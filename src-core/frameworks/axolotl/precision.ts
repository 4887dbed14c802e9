import type { DType, MixedPrecision } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { Method } from '../../run/training-run.ts';
import type { AdapterContext } from '../framework.ts';
import { computeDtypeOf, lossScalingOf } from '../hf/trainer-fields.ts';
import { compareVersions } from '../version.ts';

/** The precision flags after `resolve_dtype` of utils/config. */
interface Flags {
  readonly bf16: Sourced<boolean>;
  readonly fp16: Sourced<boolean>;
}

const at = (key: string): string => `config.${key}`;

function flag(o: Options, key: string): Sourced<boolean> {
  if (!o.has(at(key)) || o.isNull(at(key))) return { ...o.bool(at(key)), value: false };
  return o.bool(at(key));
}

/**
 * `auto`, the default, is bf16 where torch says that the card has it and fp16 is not asked for, else
 * fp16. From 2.3 on torch counts cards that emulate it.
 */
function flagsOf(o: Options, context: AdapterContext): Flags {
  const text = o.get(at('bf16'));
  const fp16 = flag(o, 'fp16');
  if (text.value !== 'auto') {
    const bf16 = flag(o, 'bf16');
    return { bf16, fp16: derived(bf16.value === true ? false : fp16.value, 'fp16', fp16, bf16) };
  }
  if (fp16.value === true)
    return { bf16: derived<boolean>(false, '`bf16: auto` gives way to fp16', fp16, text), fp16 };
  const gpu = known(context.gpu);
  const version = context.version('torch');
  const torch = version === undefined ? undefined : known(version);
  const native = gpu === null || gpu === undefined || (gpu.computeCapability ?? 8) >= 8;
  const able = native || torch === undefined || compareVersions(torch, '2.3') >= 0;
  const how = native
    ? '`bf16: auto` on a card that has bf16'
    : able
      ? '`bf16: auto` on a card that emulates bf16, which torch 2.3 and newer count'
      : '`bf16: auto` on a card without bf16';
  const open = !o.has(at('fp16')) || o.isNull(at('fp16'));
  const half = !able && open && flag(o, 'float16').value !== true;
  return {
    bf16: derived<boolean>(able, how, text, context.gpu),
    fp16: half ? derived<boolean>(true, how, text, context.gpu) : fp16,
  };
}

/** What the run is besides its flags. */
export interface Around {
  readonly method: Sourced<Method>;
  readonly parallel: RunDraft;
}

/** Precision as axolotl resolves it: weights in `torch_dtype`, autocast by the flags. */
export function precisionFields(o: Options, around: Around, context: AdapterContext): RunDraft {
  const flags = flagsOf(o, context);
  const pure = { bf16: flag(o, 'bfloat16'), fp16: flag(o, 'float16') };
  const fp8 = flag(o, 'fp8');
  const amp = autocast(flags, pure.bf16, fp8);
  const loadDtype = weights(flags, pure, flag(o, 'load_in_8bit'));
  const zero = around.parallel['parallel.engine']?.value === 'deepspeed';
  const half = zero && ['fp16', 'bf16'].includes(known(amp) ?? '');
  const trainableDtype = trainable(o, around, loadDtype, amp);
  return {
    loadDtype,
    mixedPrecision: amp,
    trainableDtype,
    computeDtype: computeDtypeOf(amp, loadDtype),
    lossScaling: lossScalingOf(amp),
    masterWeights: derived(half, 'DeepSpeed keeps an fp32 copy of 16-bit weights', amp),
    optimizerDtype: half
      ? derived<DType>('float32', 'DeepSpeed keeps fp32 states', amp)
      : derived<DType>(trainableDtype.value, "the weights' dtype", trainableDtype),
    precision: asked(amp, loadDtype),
    fp16Flag: flags.fp16,
    bf16Flag: flags.bf16,
    tf32: tf32Of(o, context),
  };
}

function autocast(
  { bf16, fp16 }: Flags,
  bfloat16: Sourced<boolean>,
  fp8: Sourced<boolean>,
): Sourced<MixedPrecision> {
  if (fp8.value === true) return derived<MixedPrecision>('fp8', 'fp8 is on', fp8);
  if (bf16.value === true) return derived<MixedPrecision>('bf16', 'bf16 is on', bf16);
  if (bfloat16.value === true)
    return derived<MixedPrecision>('bf16', 'bfloat16 turns autocast on, too', bfloat16);
  if (fp16.value === true) return derived<MixedPrecision>('fp16', 'fp16 is on', fp16);
  if (bf16.value === UNKNOWN || fp16.value === UNKNOWN)
    return derived<MixedPrecision>(UNKNOWN, 'a flag is not known', bf16, fp16);
  return derived<MixedPrecision>('none', 'neither bf16 nor fp16 is on', bf16, fp16);
}

function weights({ bf16, fp16 }: Flags, pure: Flags, eight: Sourced<boolean>): Sourced<DType> {
  const bfloat = [bf16, pure.bf16].find((one) => one.value === true);
  if (bfloat !== undefined) return derived<DType>('bfloat16', 'weights are loaded in bf16', bfloat);
  if (bf16.value === UNKNOWN) return derived<DType>(UNKNOWN, 'bf16 is not known', bf16);
  const half = [eight, fp16, pure.fp16].find((one) => one.value === true);
  if (half !== undefined) return derived<DType>('float16', 'weights are loaded in fp16', half);
  return derived<DType>('float32', 'no 16-bit format is on', bf16, fp16);
}

function trainable(
  o: Options,
  { method, parallel }: Around,
  load: Sourced<DType>,
  amp: Sourced<MixedPrecision>,
): Sourced<DType> {
  const adapter = known(method) === 'lora' || known(method) === 'dora';
  const upcast = o.bool(at('peft_autocast_adapter_dtype'));
  if (adapter && upcast.value === false)
    return derived<DType>(load.value, 'adapters stay in the dtype of the weights', upcast, load);
  if (adapter) return byDefault<DType>('float32', 'adapters are kept in fp32 (PEFT)');
  const engine = parallel['parallel.engine'];
  const half: DType = known(amp) === 'fp16' ? 'float16' : 'bfloat16';
  const autocasts = known(amp) === 'fp16' || known(amp) === 'bf16';
  if (engine?.value === 'deepspeed' && autocasts)
    return derived<DType>(half, 'DeepSpeed casts the weights', amp, engine);
  if ((engine?.value === 'fsdp' || engine?.value === 'fsdp2') && autocasts)
    return derived<DType>('float32', 'FSDP keeps what trains in fp32', engine, amp);
  return derived<DType>(load.value, 'weights train in the dtype they are loaded in', load);
}

function asked(
  amp: Sourced<MixedPrecision>,
  load: Sourced<DType>,
): Sourced<'fp32' | 'fp16' | 'bf16' | 'fp8'> {
  const value = known(amp);
  if (value !== undefined && value !== 'none')
    return derived<'fp32' | 'fp16' | 'bf16' | 'fp8'>(value, 'the precision flags', amp);
  const none = value === 'none' && known(load) === 'float32' ? 'fp32' : UNKNOWN;
  return derived<'fp32' | 'fp16' | 'bf16' | 'fp8'>(none, 'the precision flags', amp, load);
}

function tf32Of(o: Options, context: AdapterContext): Sourced<boolean> {
  const text = o.get(at('tf32'));
  if (text.value !== 'auto') return flag(o, 'tf32');
  const gpu = known(context.gpu);
  if (gpu === null || gpu === undefined) return derived<boolean>(UNKNOWN, 'the card decides', text);
  return derived((gpu.computeCapability ?? 0) >= 8, '`tf32: auto`', text, context.gpu);
}
