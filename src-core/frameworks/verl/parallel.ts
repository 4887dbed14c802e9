import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { Parallelism } from '../../run/training-run.ts';
import type { AdapterContext, Recognized } from '../framework.ts';
import { worldSizeOf } from '../hf/parallel.ts';
import type { Program } from './program.ts';
import type { Values } from './values.ts';

interface Read {
  readonly program: Program;
  readonly settled: boolean;
  readonly recognized: Recognized;
  readonly context: AdapterContext;
}

type Engine = Parallelism['engine'];

/** The engine, its processes and how it splits the model. */
export function parallel(v: Values, read: Read): RunDraft {
  const engine = engineOf(v, read);
  const name = known(engine);
  const own = read.program.kind === 'sft' ? 'engine' : 'actor_rollout_ref.actor';
  const megatron = read.program.kind === 'sft' ? own : `${own}.megatron`;
  const sequence =
    name === 'megatron'
      ? v.int(`${megatron}.context_parallel_size`)
      : v.int(
          `${own}.ulysses_sequence_parallel_size`,
          `${own}.fsdp_config.ulysses_sequence_parallel_size`,
          'ulysses_sequence_parallel_size',
        );
  const split = (key: string) =>
    name === 'megatron' ? v.int(`${megatron}.${key}_model_parallel_size`) : undefined;
  const [tensor, pipeline, expert] = [split('tensor'), split('pipeline'), split('expert')];
  // `param_offload` and `optimizer_offload` bring everything back before a step (workers/engine/base.py).
  const policy =
    name === 'fsdp2'
      ? v.flag(`${own}.fsdp_config.offload_policy`, `${own}.offload_policy`)
      : undefined;
  return {
    'parallel.engine': engine,
    'parallel.worldSize': worldOf(v, read),
    ...(sequence && { 'parallel.sequenceParallel': sequence }),
    ...(tensor && { 'parallel.tensorParallel': tensor }),
    ...(pipeline && { 'parallel.pipelineParallel': pipeline }),
    ...(expert && { 'parallel.expertParallel': expert }),
    ...(policy && { 'parallel.offloadParams': policy, 'parallel.offloadOptimizer': policy }),
  };
}

/** `strategy`, else the engine that a group of the config chooses, else FSDP. */
function engineOf(v: Values, { program, settled }: Read): Engine {
  const written =
    program.kind === 'sft'
      ? (v.text('engine.strategy', 'model.strategy') ?? v.text('engine'))
      : (v.text(
          'actor_rollout_ref.actor.strategy',
          'actor_rollout_ref.actor.fsdp_config.strategy',
        ) ?? v.text('model_engine'));
  if (written !== undefined) {
    const name = known(written);
    return derived(ENGINES[name ?? ''] ?? UNKNOWN, 'strategy', written);
  }
  if (/megatron/.test(v.hydra('config-name') ?? '')) return byDefault('megatron', 'config-name');
  const usual = program.kind === 'sft' && !program.dynamic ? 'fsdp2' : 'fsdp';
  return byDefault(settled ? usual : UNKNOWN, 'strategy');
}

/** Engines that are neither (VeOmni, torchtitan, automodel) divide a model in ways of their own. */
const ENGINES: Readonly<Record<string, 'fsdp' | 'fsdp2' | 'megatron'>> = {
  fsdp: 'fsdp',
  fsdp2: 'fsdp2',
  dp: 'fsdp',
  megatron: 'megatron',
};

/** Ray starts `trainer.nnodes` times `trainer.n_gpus_per_node` processes; SFT runs under torchrun. */
function worldOf(v: Values, { program, settled, recognized, context }: Read): Sourced<number> {
  if (!program.ray) return worldSizeOf(recognized.launch, context);
  const usual = (key: string, value: number): Sourced<number> =>
    v.int(key) ?? byDefault<number>(settled ? value : UNKNOWN, key);
  const nodes = usual('trainer.nnodes', 1);
  const each = usual('trainer.n_gpus_per_node', program.kind === 'sft' ? 1 : 8);
  const [a, b] = [known(nodes), known(each)];
  const world = a === undefined || b === undefined ? UNKNOWN : a * b;
  if (world === UNKNOWN && context.gpus !== undefined) return context.gpus;
  return derived<number>(world, 'nodes times GPUs of each', nodes, each);
}
