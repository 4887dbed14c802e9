import type { DType } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { Attention, Method, ModelRef, Quantization } from '../../run/training-run.ts';
import type { Recognized } from '../framework.ts';

const CITE = { label: 'swift/megatron/arguments/megatron_args.py, class MegatronArguments' };

/** Whether the subcommand is one of `megatron ...`. */
export function isMegatron(recognized: Recognized): boolean {
  return recognized.sections.at(-1)?.scope.id.startsWith('megatron') === true;
}

/**
 * What `megatron sft` and its sisters name differently: batch, schedule, recomputation, and how the
 * model is split. Weights stay in 16 bit beside sharded fp32 copies of those that train.
 */
export function megatronFields(
  o: Options,
  recognized: Recognized,
  method: Sourced<Method>,
  model: Sourced<ModelRef>,
): RunDraft {
  const split = {
    'parallel.tensorParallel': o.int('tensor_model_parallel_size'),
    'parallel.pipelineParallel': o.int('pipeline_model_parallel_size'),
    'parallel.sequenceParallel': o.int('context_parallel_size'),
    'parallel.expertParallel': o.int('expert_model_parallel_size'),
  };
  const world = recognized.launch.worldSize ?? byDefault(1, 'one process');
  const packed = known(model)?.record?.quantized;
  return {
    ...split,
    ...(packed === 'fp8' ? { quantization: unpacked(model) } : {}),
    'parallel.engine': byDefault<'megatron'>('megatron', 'the subcommand', CITE),
    'parallel.worldSize': world,
    'parallel.offloadOptimizer': o.bool('optimizer_cpu_offload'),
    microBatch: o.int('micro_batch_size'),
    gradientAccumulation: accumulation(o, split, world),
    gradientCheckpointing: recomputes(o),
    learningRate: o.has('lr') ? o.float('lr') : learningRate(method),
    weightDecay: o.float('weight_decay'),
    adamBeta2: o.float('adam_beta2'),
    adamEpsilon: o.float('adam_eps'),
    maxGradNorm: o.float('clip_grad'),
    attention: attention(o),
    masterWeights: byDefault(true, 'Megatron keeps fp32 copies of what trains', CITE),
    optimizerDtype: byDefault<DType>('float32', 'exp_avg_dtype', CITE),
  };
}

/** The bridge from Hugging Face weights turns FP8 checkpoints into 16-bit ones. */
function unpacked(model: Sourced<ModelRef>): Sourced<Quantization | null> {
  return derived<Quantization | null>(null, 'mcore-bridge unpacks FP8 checkpoints', model);
}

const BACKENDS: Readonly<Record<string, Attention>> = {
  flash: 'flash_attention_2',
  fused: 'flash_attention_2',
  auto: 'flash_attention_2',
  unfused: 'eager',
  local: 'eager',
};

function attention(o: Options): Sourced<Attention> {
  const text = o.text('attention_backend');
  const name = known(text);
  return derived<Attention>(BACKENDS[name ?? ''] ?? UNKNOWN, 'attention_backend', text);
}

/** Only `full` drops whole layers; `selective` recomputes attention, which flash does anyway. */
function recomputes(o: Options): Sourced<boolean> {
  const text = o.text('recompute_granularity');
  const name = known(text);
  const value = name === undefined ? UNKNOWN : name === 'full';
  return derived<boolean>(value, 'recompute_granularity', text);
}

function learningRate(method: Sourced<Method>): Sourced<number> {
  const full = known(method) === 'full';
  return derived<number>(full ? 1e-5 : 1e-4, "swift's default for the method", method);
}

/** global_batch_size over micro batch and data-parallel ranks. */
function accumulation(o: Options, split: RunDraft, world: Sourced<number>): Sourced<number> {
  const sizes = [
    o.int('micro_batch_size'),
    o.int('global_batch_size'),
    world,
    split['parallel.tensorParallel'] ?? byDefault(1, 'not split'),
    split['parallel.pipelineParallel'] ?? byDefault(1, 'not split'),
    split['parallel.sequenceParallel'] ?? byDefault(1, 'not split'),
  ];
  const [micro, global, ranks, ...parts] = sizes.map(known);
  if (micro === undefined || global === undefined || ranks === undefined)
    return derived<number>(UNKNOWN, 'the batch is not known', ...sizes);
  const splits = parts.reduce<number>((product, part) => product * (part ?? 1), 1);
  const steps = (global * splits) / (micro * ranks);
  const whole = Number.isInteger(steps) && steps > 0;
  return derived<number>(whole ? steps : UNKNOWN, 'global_batch_size over the ranks', ...sizes);
}
