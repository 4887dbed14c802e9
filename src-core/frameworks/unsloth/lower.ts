import type { DType } from '../../facts/dtypes.ts';
import type { GpuRecord } from '../../facts/gpu.ts';
import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN, written } from '../../run/sourced.ts';
import type { Method, ModelRef, Quantization } from '../../run/training-run.ts';
import { lazy } from '../../text/lazy.ts';
import { ownAllocator } from '../allocator-conf.ts';
import { checkConstraints, isOn, isSet } from '../constraint.ts';
import { asText } from '../convert.ts';
import type { AdapterContext, Lowered, Recognized } from '../framework.ts';
import { trainerConstraints } from '../hf/constraints.ts';
import { vllmFields } from '../hf/engine-beside.ts';
import { hfParallel } from '../hf/parallel.ts';
import { dtypeOf } from '../hf/trainer-fields.ts';
import { peftConstraints } from '../peft/constraints.ts';
import { modelEntry } from '../python/calls.ts';
import { evaluationData } from '../transformers/evaluation.ts';
import { loraFields, ownWeights, type TrainerFacts } from '../transformers/facts.ts';
import { trainerDraft } from '../transformers/lower.ts';
import { stageOf, trlFields } from '../trl/lower.ts';
import { referenceModel } from '../trl/reference.ts';
import { isTrlConfig } from '../trl/scopes.ts';
import { unslothConstraints } from './constraints.ts';
import { asUnsloth, type Weights } from './defaults.ts';
import { loraOf } from './facts.ts';
import { forcedFloat32, forcedPrecision } from './forced.ts';
import { raisedBatch } from './raised-batch.ts';

const constraints = lazy(() => [
  ...trainerConstraints(),
  ...unslothConstraints(),
  evaluationData,
  ...peftConstraints(loraOf),
]);

/** A model that Unsloth loads and trains: 4-bit LoRA unless told otherwise, in the card's own half format. */
export function lowerUnsloth(o: Options, recognized: Recognized, context: AdapterContext): Lowered {
  const args = recognized.sections.at(-1)?.scope.id ?? '';
  const replaced = isTrlConfig(args);
  const model = modelOf(recognized, context);
  const asked = weightsDtype(o, context.gpu);
  const bfloat16 = forcedFloat32(model, asked, context.gpu);
  const forced = bfloat16 !== undefined;
  const dtype = bfloat16 ?? asked;
  const full = isOn(o, 'load.full_finetuning');
  const mixed = isOn(o, 'load.float32_mixed_precision');
  const pure = full && dtype.value === 'bfloat16' && !mixed && !forced;
  const weights: Weights = { dtype, full, pure, forced };
  const options = asUnsloth(o, weights, replaced);
  const facts = factsOf(o, weights, recognized, model);
  const base = trainerDraft(options, facts, hfParallel(options, recognized, context));
  const stage = replaced ? stageOf(args) : 'sft';
  const draft: RunDraft = {
    ...base,
    ...(replaced ? trlFields(options, stage, facts, base, context) : {}),
    ...(replaced ? referenceModel(options, stage, facts, recognized) : {}),
    ...(replaced ? vllmFields(options, SHARING) : {}),
    ...memoryFields(o),
    ...trainable(facts, weights),
    ...(forced ? forcedPrecision(dtype) : {}),
    allocator: ownAllocator(ALLOCATOR, context),
  };
  const input = { options: o, draft, recognized, context };
  const problems = checkConstraints([...constraints(), raisedBatch(options)], input);
  return { draft, problems };
}

/**
 * vLLM shares the weights with what trains, and Unsloth works out itself what it may take (unsloth-zoo
 * vllm_utils.py, `load_vllm`).
 */
const SHARING = {
  server: false,
  opaque: true,
  claims: false,
  sleeps: byDefault<boolean>(UNKNOWN, 'UNSLOTH_VLLM_STANDBY'),
};

const ALLOCATOR = {
  now: 'expandable_segments:True',
  before: 'expandable_segments:True,roundup_power2_divisions:[32:256,64:128,256:64,>:32]',
  cite: { label: 'unsloth-zoo unsloth_zoo/__init__.py' },
};

/** None: bf16 where the card has it, fp16 elsewhere. bf16 without such a card becomes fp16. */
function weightsDtype(o: Options, gpu: Sourced<GpuRecord | null>): Sourced<DType> {
  const asked = isSet(o, 'load.dtype') ? dtypeOf(o.text('load.dtype')) : undefined;
  if (asked !== undefined && asked.value !== 'bfloat16') return asked;
  const card = known(gpu);
  if (card && (card.computeCapability ?? 8) < 8)
    return derived<DType>('float16', 'Unsloth takes fp16 where the card has no bf16', gpu);
  if (asked !== undefined) return asked;
  const written = o.has('load.dtype') ? [o.get('load.dtype')] : [];
  return derived<DType>('bfloat16', 'Unsloth takes bf16 where the card has it', ...written, gpu);
}

function factsOf(
  o: Options,
  weights: Weights,
  recognized: Recognized,
  model: Sourced<ModelRef>,
): TrainerFacts {
  const has = (id: string): boolean => recognized.sections.some(({ scope }) => scope.id === id);
  const method = has('get_peft_model') ? 'lora' : UNKNOWN;
  const document = recognized.sections[0]?.document;
  const dora = isOn(o, 'get_peft_model.use_dora');
  return {
    model,
    method: weights.full
      ? ownWeights('full_finetuning is on', document)
      : derived<Method>(
          method === 'lora' && dora ? 'dora' : method,
          'get_peft_model adds the adapter',
        ),
    quantization: quantizationOf(o, weights, model),
    loadDtype: weights.dtype,
    rest: has('get_peft_model') ? adapterFields(o) : {},
  };
}

function modelOf(recognized: Recognized, context: AdapterContext): Sourced<ModelRef> {
  const load = recognized.sections.find(({ scope }) => scope.id === 'load');
  const entry = load?.unit.kind === 'call' ? modelEntry(load.unit) : undefined;
  if (load === undefined || entry === undefined)
    return byDefault<ModelRef>(UNKNOWN, 'no model is named');
  const text = asText(entry.value);
  return written<ModelRef>(text === UNKNOWN ? UNKNOWN : context.model(text), load.file, entry);
}

/** 4 bits by default: nf4 with double quantisation, computed in the weights' dtype. */
function quantizationOf(
  o: Options,
  { dtype, full, forced }: Weights,
  model: Sourced<ModelRef>,
): Sourced<Quantization | null> {
  if (full) return derived<Quantization | null>(null, 'full_finetuning loads whole weights');
  if (isSet(o, 'load.quantization_config'))
    return byDefault<Quantization | null>(UNKNOWN, 'quantization_config decides');
  const [four, eight] = [o.bool('load.load_in_4bit'), o.bool('load.load_in_8bit')];
  const compute = forced ? undefined : known(dtype);
  if (eight.value === true)
    return derived<Quantization | null>({ method: 'bnb', bits: 8, type: 'int8' }, '8 bit', eight);
  if (four.value === UNKNOWN || eight.value === UNKNOWN)
    return derived<Quantization | null>(UNKNOWN, 'the width is not known', four, eight);
  if (!four.value) return derived<Quantization | null>(null, 'load_in_4bit is off', four);
  return derived<Quantization | null>(
    {
      method: 'bnb',
      bits: 4,
      type: 'nf4',
      doubleQuant: true,
      ...(compute && { computeDtype: compute }),
      ...(hasPackedExperts(model) && { experts: true }),
    },
    'load_in_4bit',
    four,
    model,
  );
}

/** In four bits Unsloth takes checkpoints of its own for gpt-oss, with experts packed (models/mapper.py). */
function hasPackedExperts(model: Sourced<ModelRef>): boolean {
  return known(model)?.record?.arch?.modelType === 'gpt_oss';
}

/** PEFT's options, but that Unsloth adapts seven layers where no targets are named. */
function adapterFields(o: Options): RunDraft {
  const fields = loraFields(o, 'get_peft_model');
  if (isSet(o, 'get_peft_model.target_modules')) return fields;
  const seven = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];
  return { ...fields, 'lora.targets': byDefault<readonly string[]>(seven, "Unsloth's default") };
}

/** The length is the load's unless the trainer asks for less; checkpoints and loss are Unsloth's own. */
function memoryFields(o: Options): RunDraft {
  const key = ['max_length', 'max_seq_length'].find((name) => o.has(name) && isNumber(o, name));
  const [asked, limit] = [key === undefined ? undefined : o.int(key), o.int('load.max_seq_length')];
  const shorter = asked !== undefined && (known(asked) ?? 0) < (known(limit) ?? 0);
  const place = ['get_peft_model', 'load'].find((id) => o.has(`${id}.use_gradient_checkpointing`));
  const checkpoints = o.get(`${place ?? 'load'}.use_gradient_checkpointing`);
  const { value } = checkpoints;
  return {
    maxLength: asked !== undefined && shorter ? asked : limit,
    gradientCheckpointing: {
      value: value === UNKNOWN ? UNKNOWN : value !== false && value !== 'False' && value !== null,
      origin: checkpoints.origin,
    },
    // What is shorter is not worth the way to the host and back (unsloth models/_utils.py).
    ...(value === 'unsloth' && (known(limit) ?? 512) >= 512
      ? {
          activationOffload: derived<boolean>(
            true,
            "Unsloth's checkpoints wait on the host",
            checkpoints,
          ),
        }
      : {}),
    lossKernel: byDefault<'fused'>('fused', "Unsloth's loss takes the logits in pieces"),
  };
}

function isNumber(o: Options, key: string): boolean {
  const section = o.node(key);
  return section?.kind === 'scalar' && typeof section.value === 'number';
}

/** Adapters are fp32; all weights train in bf16 when they are loaded so, in fp32 else. */
function trainable(facts: TrainerFacts, { dtype, full, pure }: Weights): RunDraft {
  if (known(facts.method) === undefined) return {};
  const value = pure ? 'bfloat16' : 'float32';
  const how = full ? 'full finetuning keeps bf16 weights, others in fp32' : 'adapters are fp32';
  return {
    trainableDtype: derived<DType>(value, how, dtype),
    optimizerDtype: derived<DType>(value, "the weights' dtype", dtype),
  };
}
