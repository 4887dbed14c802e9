import type { DType } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { Stage } from '../../run/training-run.ts';
import { isOn, isSet } from '../constraint.ts';
import { isElided } from '../elided.ts';
import type { AdapterContext, Recognized } from '../framework.ts';
import { claimsOwn, gathering, vllmFields } from '../hf/engine-beside.ts';
import { dtypeOf } from '../hf/trainer-fields.ts';
import { olderThan } from '../since.ts';

/** Arguments of vLLM that say how much it takes, besides the share of the card. */
const SIZES =
  /"(?:gpu_memory_utilization|kv_cache_memory_bytes|num_gpu_blocks_override|quantization|cpu_offload_gb)"/;

/** vLLM as the trainer starts it: what it may take, and the dtype that vllm_engine_kwargs gives it. */
export function rolloutFields(
  o: Options,
  recognized: Recognized,
  context: AdapterContext,
): RunDraft {
  const kwargs = engineKwargs(o);
  const name = /"dtype"\s*:\s*"(\S+?)"/.exec(kwargs ?? '')?.[1];
  const dtype = name === undefined ? undefined : dtypeOf({ ...o.get(KWARGS), value: name });
  return {
    ...vllmFields(o, {
      server: false,
      opaque: isElided(recognized) || SIZES.test(kwargs ?? ''),
      // 3.5 and 3.6 take vLLM before 0.9 (requirements/install_all.sh).
      claims: claimsOwn(context) && !olderThan(context, 'swift', '3.7'),
      sleeps: sleepsOf(o),
    }),
    'rollout.offloadModel': o.bool('offload_model'),
    'rollout.offloadOptimizer': o.bool('offload_optimizer'),
    ...gathering(o, mergesAtOnce(o)),
    ...(dtype && { rolloutDtype: derived<DType>(dtype.value, KWARGS, o.get(KWARGS)) }),
  };
}

/**
 * Adapters are merged into all weights at once, or in groups of layers if told (rlhf_trainers/rollout_mixin.py,
 * `split_batches`). Without adapters the code does the same, but an example of ms-swift's trains 32B on cards
 * that would not hold it (examples/train/grpo/multi_node/Qwen2_5_32B_full.sh): nothing is taken for granted.
 */
function mergesAtOnce(o: Options): boolean {
  const tuner = known(o.text('tuner_type'));
  return tuner !== undefined && tuner !== 'full' && !isSet(o, 'move_model_batches');
}

const KWARGS = 'vllm_engine_kwargs';

/** The mapping, or the JSON in a text, as text. */
function engineKwargs(o: Options): string | undefined {
  if (!o.has(KWARGS)) return undefined;
  const { value } = o.get(KWARGS);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Level 1 keeps its weights on the host, level 2 drops them; asynchronous sampling never sleeps. */
function sleepsOf(o: Options): Sourced<boolean> {
  const level = o.int('sleep_level');
  const value = level.value === UNKNOWN ? UNKNOWN : level.value > 0 && !isOn(o, 'async_generate');
  return derived<boolean>(value, 'sleep_level', level);
}

/** What samples limits the prompt by `max_length` (docs/source_en/Instruction/Command-line-parameters.md). */
export function promptLimit(stage: Stage | undefined): RunDraft {
  const samples = stage === 'grpo' || stage === 'ppo';
  return samples ? { 'rollout.promptAlone': byDefault(true, 'max_length is of the prompt') } : {};
}
