import type { DType, MixedPrecision } from '../../facts/dtypes.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN, written } from '../../run/sourced.ts';
import type { Method, ModelRef, Stage } from '../../run/training-run.ts';
import type { Node } from '../../syntax/document.ts';
import { asInt, asNumber, asText } from '../convert.ts';
import type { Adapter, AdapterContext, Lowered, Recognized } from '../framework.ts';
import { dtypeOf } from '../hf/trainer-fields.ts';
import { recognizeVerl } from './recognize.ts';

/** verl: Hydra overrides such as `actor_rollout_ref.model.path=...`. */
export const verl: Adapter = {
  id: 'verl',
  title: 'verl',
  version: '0.7',
  evidence: [/\bverl\b|\bactor_rollout_ref\b/],
  recognize: recognizeVerl,
  lower: (_options, recognized, context) => lowerVerl(recognized, context),
  fields: {},
};

/** What the overrides say; verl keeps fp32 weights and trains in bf16 (FSDP MixedPrecision). */
function lowerVerl(recognized: Recognized, context: AdapterContext): Lowered {
  const [section] = recognized.sections;
  const read = <T>(
    key: string,
    convert: (node: Node) => T | typeof UNKNOWN,
  ): Sourced<T> | undefined => {
    const entry = section?.entries.findLast((one) => one.key.replace(/^\++/, '') === key);
    return entry && section ? written<T>(convert(entry.value), section.file, entry) : undefined;
  };
  const path = read('actor_rollout_ref.model.path', asText) ?? read('model.path', asText);
  const name = path === undefined ? undefined : known(path);
  const model: Sourced<ModelRef> =
    path === undefined
      ? byDefault<ModelRef>(UNKNOWN, 'no model is named')
      : { value: name === undefined ? UNKNOWN : context.model(name), origin: path.origin };
  const rank = read('actor_rollout_ref.model.lora_rank', asInt);
  const dtype = read('actor_rollout_ref.actor.fsdp_config.model_dtype', asText);
  const half = known(dtype ?? byDefault<string>(UNKNOWN, '')) === 'bfloat16';
  const draft: RunDraft = {
    model,
    method: derived<Method>(
      (rank ? known(rank) : 0) ? 'lora' : 'full',
      'lora_rank',
      ...(rank ? [rank] : []),
    ),
    stage: byDefault<Stage>('grpo', 'reinforcement learning'),
    loadDtype: byDefault<DType>(half ? 'bfloat16' : 'float32', 'model_dtype'),
    trainableDtype: byDefault<DType>(half ? 'bfloat16' : 'float32', 'model_dtype'),
    computeDtype: computeOf(read),
    mixedPrecision: byDefault<MixedPrecision>('bf16', 'FSDP computes in bf16'),
    lossScaling: byDefault<'none'>('none', 'bf16'),
    optimizerDtype: byDefault<DType>(half ? 'bfloat16' : 'float32', 'model_dtype'),
    // Rollout engines share the card in ways that no figure here covers.
    'parallel.engine': byDefault<'fsdp'>(UNKNOWN, 'strategy'),
    'parallel.worldSize': byDefault<number>(UNKNOWN, 'the cluster'),
    ...dtypes(read),
    ...optional('learningRate', read('actor_rollout_ref.actor.optim.lr', asNumber)),
    ...optional('maxCompletionLength', read('data.max_response_length', asInt)),
    ...optional('generations', read('actor_rollout_ref.rollout.n', asInt)),
    ...(rank ? { 'lora.rank': rank } : {}),
  };
  return { draft, problems: [] };
}

const ACTOR = 'actor_rollout_ref.actor.fsdp_config.mixed_precision';

type Read = <T>(key: string, convert: (node: Node) => T | typeof UNKNOWN) => Sourced<T> | undefined;

/** FSDP's param_dtype, bf16 unless said. */
function computeOf(read: Read): Sourced<DType> {
  const written =
    read(`${ACTOR}.param_dtype`, asText) ??
    read('actor_rollout_ref.actor.fsdp_config.dtype', asText);
  return written ? dtypeOf(written) : byDefault<DType>('bfloat16', 'FSDP computes in bf16');
}

/** Dtypes that the overrides name beside the weights'. */
function dtypes(read: Read): RunDraft {
  const rollout = read('actor_rollout_ref.rollout.dtype', asText);
  const reduce = read(`${ACTOR}.reduce_dtype`, asText);
  const buffer = read(`${ACTOR}.buffer_dtype`, asText);
  return {
    ...(rollout && { rolloutDtype: dtypeOf(rollout) }),
    ...(reduce && { reduceDtype: dtypeOf(reduce) }),
    ...(buffer && { bufferDtype: dtypeOf(buffer) }),
  };
}

function optional<K extends 'learningRate' | 'maxCompletionLength' | 'generations'>(
  key: K,
  value: Sourced<number> | undefined,
): { [P in K]?: Sourced<number> } {
  const out: { [P in K]?: Sourced<number> } = {};
  if (value !== undefined) out[key] = value;
  return out;
}
