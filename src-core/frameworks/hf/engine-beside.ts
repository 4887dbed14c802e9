import type { Options } from '../../run/options.ts';
import type { RunDraft, RunFields } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { Modelled, Stage } from '../../run/training-run.ts';
import { isOn, mayBeOn } from '../constraint.ts';
import type { AdapterContext } from '../framework.ts';
import { olderThan } from '../since.ts';

/** PPO trains a value model and asks a reward model, distillation asks a teacher: they are not counted. */
export function besideTraining(stage: Stage | undefined): RunDraft {
  return stage === 'ppo' || stage === 'gkd'
    ? { modelled: byDefault<Modelled>('part', 'other models share the cards') }
    : {};
}

/** What a framework makes of its options for vLLM. */
interface VllmOptions {
  /** Whether a server is meant where no mode is given. */
  readonly server: boolean;
  /** Whether other arguments say how much it takes, or may. */
  readonly opaque: boolean;
  /** Whether `vllm_gpu_memory_utilization` is a share of the card for vLLM alone. */
  readonly claims: boolean;
  readonly sleeps: Sourced<boolean>;
}

type By = RunFields['rollout.by'];

/** Who samples, and what vLLM claims where it does so in the training processes. */
export function vllmFields(o: Options, { server, opaque, claims, sleeps }: VllmOptions): RunDraft {
  if (!mayBeOn(o, 'use_vllm')) return {};
  const use = o.bool('use_vllm');
  const mode = o.text('vllm_mode');
  const named = server ? 'server' : known(mode);
  const by = named === 'colocate' ? 'vllm' : named === 'server' ? 'server' : UNKNOWN;
  const engine = derived<By>(isOn(o, 'use_vllm') ? by : UNKNOWN, 'use_vllm', use, mode);
  if (engine.value !== 'vllm') return { 'rollout.by': engine };
  const part = derived<Modelled>('part', 'vLLM shares the cards', use);
  if (opaque) return { 'rollout.by': engine, modelled: part };
  const share = claims
    ? o.float('vllm_gpu_memory_utilization')
    : byDefault<number>(UNKNOWN, 'what trains may count as part of it');
  const counted = share.value !== UNKNOWN && sleeps.value !== UNKNOWN;
  return {
    'rollout.by': engine,
    'rollout.utilization': share,
    'rollout.tensorParallel': o.int('vllm_tensor_parallel_size'),
    'rollout.sleeps': sleeps,
    ...(!counted && { modelled: part }),
  };
}

/**
 * Whether ZeRO-3 gathers all weights at a time: where the trainer samples, unless it is told not to; before vLLM
 * is handed them, where `atOnce` says so.
 */
export function gathering(o: Options, atOnce: boolean): RunDraft {
  const key = 'ds3_gather_for_generation';
  if (mayBeOn(o, 'use_vllm'))
    return { 'rollout.gathers': byDefault(atOnce, 'vLLM is handed the weights') };
  return o.has(key) ? { 'rollout.gathers': o.bool(key) } : {};
}

/** Older releases count all that the process holds, what trains as well (vllm/v1/worker/gpu_worker.py). */
export function claimsOwn(context: Pick<AdapterContext, 'version' | 'ceiling'>): boolean {
  return !olderThan(context, 'vllm', '0.9.1');
}
