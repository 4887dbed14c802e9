import type { DType } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import { lazy } from '../../text/lazy.ts';
import { checkConstraints } from '../constraint.ts';
import type { AdapterContext, Lowered, Recognized } from '../framework.ts';
import { launchedPrecision } from '../hf/accelerate.ts';
import { attentionName } from '../hf/attention-name.ts';
import { trainerConstraints } from '../hf/constraints.ts';
import { checkpointed } from '../hf/fsdp-checkpointing.ts';
import { hfParallel } from '../hf/parallel.ts';
import {
  computeDtypeOf,
  DEFAULT_ATTENTION,
  fsdpUpcast,
  lossScalingOf,
  mixedPrecisionOf,
  trainerFields,
} from '../hf/trainer-fields.ts';
import { bnbConstraints } from '../peft/bitsandbytes.ts';
import { peftConstraints } from '../peft/constraints.ts';
import { peftCall } from '../peft/facts.ts';
import { kbitConstraints } from '../peft/kbit.ts';
import { reentrantCheckpointing } from '../peft/reentrant.ts';
import { deviceMaps } from './device-map.ts';
import { evaluationData } from './evaluation.ts';
import { pythonFacts, type TrainerFacts, trainsWeights } from './facts.ts';
import { loadConstraints } from './loads.ts';
import { packedConstraints } from './packed.ts';
import { scriptFacts } from './script.ts';
import { streamWithoutSteps } from './streams.ts';

const constraints = lazy(() => [
  ...trainerConstraints(),
  attentionName,
  evaluationData,
  ...deviceMaps(),
  ...loadConstraints(),
  ...packedConstraints(),
  streamWithoutSteps,
  ...peftConstraints(peftCall),
  ...bnbConstraints(),
  ...kbitConstraints(),
  reentrantCheckpointing,
]);

/** A run of transformers' Trainer, from Python calls or from a script's flags. */
export function lowerTransformers(
  o: Options,
  recognized: Recognized,
  context: AdapterContext,
): Lowered {
  const python = recognized.sections[0]?.document.file.language === 'python';
  const facts = python ? pythonFacts(o, recognized, context) : scriptFacts(recognized, context);
  const draft = trainerDraft(o, facts, trainerLaunch(o, recognized, context));
  const problems = checkConstraints(constraints(), { options: o, draft, recognized, context });
  return { draft, problems };
}

/** How the run is spread, and the precision that the launcher sets. */
export function trainerLaunch(
  o: Options,
  recognized: Recognized,
  context: AdapterContext,
): RunDraft {
  const mixedPrecision = launchedPrecision(recognized.launch, context);
  return {
    ...hfParallel(o, recognized, context),
    ...(mixedPrecision === undefined ? {} : { mixedPrecision }),
  };
}

/** TrainingArguments with the facts around them; `parallel` is what the launch says. */
export function trainerDraft(o: Options, facts: TrainerFacts, parallel: RunDraft): RunDraft {
  const base = trainerFields(o);
  const fp16 = o.bool('fp16');
  const bf16 = o.bool('bf16');
  const amp = mixedPrecisionOf(fp16, bf16, parallel.mixedPrecision);
  const zero = parallel['parallel.engine']?.value === 'deepspeed';
  const half = zero && ['fp16', 'bf16'].includes(known(amp) ?? '');
  const trainable = fsdpUpcast(trainableOf(facts, half ? known(amp) : undefined), parallel, amp);
  return {
    ...base,
    ...parallel,
    gradientCheckpointing: checkpointed(base.gradientCheckpointing, parallel),
    mixedPrecision: amp,
    model: facts.model,
    method: facts.method,
    ...(facts.method.value === 'freeze' ? { freezeTrainableLayers: UNREAD } : {}),
    quantization: facts.quantization,
    loadDtype: facts.loadDtype,
    trainableDtype: trainable,
    computeDtype: computeDtypeOf(amp, facts.loadDtype),
    lossScaling: lossScalingOf(amp),
    masterWeights: derived(half, 'DeepSpeed keeps an fp32 copy of 16-bit weights', amp),
    optimizerDtype: half
      ? derived<DType>('float32', 'DeepSpeed keeps fp32 states', amp)
      : derived<DType>(trainable.value, "the weights' dtype", trainable),
    precision: derived<'fp32' | 'fp16' | 'bf16' | 'fp8'>(
      precisionName(known(amp), known(facts.loadDtype)),
      'the precision flags',
      amp,
      facts.loadDtype,
    ),
    attention: DEFAULT_ATTENTION,
    stage: byDefault<'sft'>('sft', 'the Trainer'),
    ...facts.rest,
  };
}

const UNREAD = byDefault<number>(UNKNOWN, 'what is frozen cannot be read');

function precisionName(amp: string | undefined, load: DType | undefined) {
  if (amp === 'fp16' || amp === 'bf16') return amp;
  if (amp === undefined) return UNKNOWN;
  const names: { readonly [K in DType]?: 'fp32' | 'fp16' | 'bf16' } = {
    float32: 'fp32',
    float16: 'fp16',
    bfloat16: 'bf16',
  };
  return (load && names[load]) ?? UNKNOWN;
}

function trainableOf(facts: TrainerFacts, zero: string | undefined): Sourced<DType> {
  const method = known(facts.method);
  if (method === undefined) return derived<DType>(UNKNOWN, 'the method is not known', facts.method);
  if (!trainsWeights(facts.method))
    return facts.adapterDtype ?? byDefault<DType>('float32', 'PEFT keeps adapters in fp32');
  if (zero === 'fp16' || zero === 'bf16')
    return byDefault<DType>(
      zero === 'fp16' ? 'float16' : 'bfloat16',
      'DeepSpeed casts the weights',
    );
  return derived<DType>(facts.loadDtype.value, 'the load dtype', facts.loadDtype);
}
