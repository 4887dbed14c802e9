import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { derived, type Sourced } from '../../run/sourced.ts';
import type { AdapterContext, Recognized } from '../framework.ts';
import { hfParallel, worldSizeOf } from '../hf/parallel.ts';
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
  const world =
    worldSize === undefined && visibleGpus !== undefined
      ? visibleGpus
      : worldSizeOf(recognized.launch, context);
  const spread = { ...base, 'parallel.worldSize': world };
  return fsdpOn(c) && !c.on('deepspeed') ? { ...spread, ...fsdpFields(o, c) } : spread;
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
