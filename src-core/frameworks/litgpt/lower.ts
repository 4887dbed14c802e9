import type { DType, MixedPrecision } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { Method, ModelRef, Quantization, Stage } from '../../run/training-run.ts';
import { checkConstraints, isSet } from '../constraint.ts';
import type { AdapterContext, Lowered, Recognized } from '../framework.ts';
import { computeDtypeOf, DEFAULT_ATTENTION, lossScalingOf } from '../hf/trainer-fields.ts';
import { litgptConstraints } from './constraints.ts';

/** `bf16-true`: everything in that dtype; `16-mixed`: fp32 weights under autocast. */
const PRECISIONS: Readonly<Record<string, readonly [DType, MixedPrecision]>> = {
  '16-true': ['float16', 'none'],
  '16-mixed': ['float32', 'fp16'],
  'bf16-true': ['bfloat16', 'none'],
  'bf16-mixed': ['float32', 'bf16'],
  '32-true': ['float32', 'none'],
};

/** litgpt's options as a training run (litgpt/finetune/*.py). */
export function lowerLitgpt(o: Options, recognized: Recognized, context: AdapterContext): Lowered {
  const scope = recognized.sections.at(-1)?.scope.id ?? '';
  const precision = o.text('precision');
  const pair = PRECISIONS[known(precision) ?? ''];
  const load: Sourced<DType> = derived<DType>(pair?.[0] ?? UNKNOWN, 'precision', precision);
  const amp: Sourced<MixedPrecision> = derived<MixedPrecision>(
    pair?.[1] ?? UNKNOWN,
    'precision',
    precision,
  );
  const compute = computeDtypeOf(amp, load);
  const devices = o.int('devices');
  const draft: RunDraft = {
    model: modelOf(o, context),
    method: byDefault<Method>(methodOf(scope), 'the command'),
    stage: byDefault<Stage>(scope === 'pretrain' ? 'pretrain' : 'sft', 'the command'),
    quantization: quantizationOf(o),
    loadDtype: load,
    mixedPrecision: amp,
    computeDtype: compute,
    trainableDtype: derived<DType>(load.value, 'the weights are kept as loaded', load),
    optimizerDtype: derived<DType>(load.value, "the weights' dtype", load),
    lossScaling: lossScalingOf(amp),
    precision: derived<'fp32' | 'fp16' | 'bf16' | 'fp8'>(
      shortName(known(compute)),
      'precision',
      precision,
    ),
    microBatch: o.int('micro_batch_size'),
    ...optimizerOf(o),
    maxLength: o.int('max_seq_length'),
    attention: DEFAULT_ATTENTION,
    gradientCheckpointing: byDefault(
      scope === 'finetune_full',
      'finetune/full.py checkpoints blocks',
    ),
    'lora.rank': o.int('lora_r'),
    'lora.alpha': o.float('lora_alpha'),
    'lora.dropout': o.float('lora_dropout'),
    'parallel.worldSize': devices,
    'parallel.engine': byDefault<'none'>(
      known(devices) === 1 ? 'none' : UNKNOWN,
      'more than one device: a strategy that the script builds',
    ),
  };
  const problems = checkConstraints(litgptConstraints(), {
    options: o,
    draft,
    recognized,
    context,
  });
  return { draft, problems };
}

function shortName(dtype: DType | undefined) {
  const names: { readonly [K in DType]?: 'fp32' | 'fp16' | 'bf16' } = {
    float32: 'fp32',
    float16: 'fp16',
    bfloat16: 'bf16',
  };
  return (dtype && names[dtype]) ?? UNKNOWN;
}

function methodOf(scope: string): Method {
  if (scope.startsWith('finetune_lora')) return 'lora';
  return scope.startsWith('finetune_adapter') ? 'other' : 'full';
}

/** The name of an optimizer, or a class with its arguments: AdamW unless told otherwise. */
function optimizerOf(o: Options): RunDraft {
  const asked = o.get('optimizer');
  const name = /\bAdamW\b/.test(JSON.stringify(known(asked)) ?? '');
  return !isSet(o, 'optimizer') || name
    ? {}
    : { optimizer: derived<string>(UNKNOWN, 'another optimizer', asked) };
}

function modelOf(o: Options, context: AdapterContext): Sourced<ModelRef> {
  const text = o.text(o.has('checkpoint_dir') ? 'checkpoint_dir' : 'model_name');
  const name = known(text);
  return { value: name === undefined ? UNKNOWN : context.model(name), origin: text.origin };
}

function quantizationOf(o: Options): Sourced<Quantization | null> {
  if (!isSet(o, 'quantize')) return byDefault<Quantization | null>(null, 'no quantize');
  const text = o.text('quantize');
  const match = /^bnb\.(nf4|fp4|int8)(-dq)?/.exec(known(text) ?? '');
  if (match === null) return { value: UNKNOWN, origin: text.origin };
  const value: Quantization =
    match[1] === 'int8'
      ? { method: 'bnb', bits: 8, type: 'int8' }
      : {
          method: 'bnb',
          bits: 4,
          type: match[1] === 'fp4' ? 'fp4' : 'nf4',
          doubleQuant: match[2] !== undefined,
        };
  return { value, origin: text.origin };
}
