import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { AdapterContext, Recognized } from '../framework.ts';
import { fsdpCheckpoints } from '../hf/fsdp-checkpointing.ts';
import { hfParallel } from '../hf/parallel.ts';
import type { Cfg } from './cfg.ts';
import { fsdpOn, fsdpOption, fsdpVersion } from './facts.ts';

/** How the run is spread over processes. */
export function parallelFields(
  o: Options,
  c: Cfg,
  recognized: Recognized,
  context: AdapterContext,
): RunDraft {
  const { visibleGpus, worldSize } = recognized.launch;
  const base = { ...hfParallel(o, recognized, context), ...counts(o, c) };
  const fsdp = fsdpOn(c) && !c.on('deepspeed') ? fsdpFields(o, c) : {};
  const said = worldSize ?? visibleGpus ?? context.gpus;
  return { ...base, ...fsdp, 'parallel.worldSize': said ?? worldOf(o, c) };
}

/** Shards and replicas say how many processes there are; sharding alone says that there are several. */
function worldOf(o: Options, c: Cfg): Sourced<number> {
  const parts = [
    'dp_shard_size',
    'dp_replicate_size',
    'tensor_parallel_size',
    'context_parallel_size',
  ];
  if (c.plugin('ExpertParallelPlugin')) parts.push('expert_parallel_size');
  const shards = c.number('dp_shard_size');
  if (shards !== undefined) {
    const from = parts.filter((key) => c.set(key)).map((key) => o.get(`config.${key}`));
    const count = parts.reduce((product, key) => product * (c.number(key) ?? 1), 1);
    return derived(count, 'the product of the parallel sizes', ...from);
  }
  const spread = ['deepspeed', 'fsdp', 'fsdp_config'].find((key) => c.on(key));
  if (spread === undefined) return byDefault(1, 'one process');
  return derived<number>(UNKNOWN, 'the launcher decides', o.get(`config.${spread}`));
}

function fsdpFields(o: Options, c: Cfg): RunDraft {
  const from = o.get(c.on('fsdp_config') ? 'config.fsdp_config' : 'config.fsdp');
  const offload = c.on(fsdpOption(c, 'offload_params'));
  const how = offload ? 'FSDP offloads weights and states' : 'FSDP keeps them on the card';
  return {
    'parallel.engine': derived<'fsdp' | 'fsdp2'>(
      fsdpVersion(c) === '2' ? 'fsdp2' : 'fsdp',
      'FSDP is configured',
      from,
    ),
    'parallel.offloadParams': derived(offload, how, from),
    'parallel.offloadOptimizer': derived(offload, how, from),
    ...fsdpCheckpoints(c.on(fsdpOption(c, 'activation_checkpointing')), from),
  };
}

function counts(o: Options, c: Cfg): RunDraft {
  const context = c.on('context_parallel_size')
    ? 'context_parallel_size'
    : 'sequence_parallel_degree';
  const of = (key: string): Sourced<number> | undefined =>
    (c.number(key) ?? 1) > 1 ? o.int(`config.${key}`) : undefined;
  const [tensor, sequence] = [of('tensor_parallel_size'), of(context)];
  const expert = c.plugin('ExpertParallelPlugin') ? of('expert_parallel_size') : undefined;
  return {
    ...(tensor === undefined ? {} : { 'parallel.tensorParallel': tensor }),
    ...(sequence === undefined ? {} : { 'parallel.sequenceParallel': sequence }),
    ...(expert === undefined ? {} : { 'parallel.expertParallel': expert }),
  };
}
