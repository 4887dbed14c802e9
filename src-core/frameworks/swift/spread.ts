import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import { isSet } from '../constraint.ts';
import type { Launch, Recognized } from '../framework.ts';
import { envEntry, perNodeEntry, processCount } from '../launch.ts';

/** What is split over GPUs without being data parallel. */
export function spread(o: Options, { launch, grip }: Recognized): RunDraft {
  const sequence = o.int('sequence_parallel_size');
  const layers = placed(o, launch) ?? layersOver(launch, grip.file);
  return {
    ...(layers === undefined ? {} : { 'parallel.pipelineParallel': layers }),
    ...(o.has('sequence_parallel_size') ? { 'parallel.sequenceParallel': sequence } : {}),
  };
}

/** Where the layers go by what is written: on one card, or as far as the cards are allowed to be filled. */
function placed(o: Options, { env }: Launch): Sourced<number> | undefined {
  const map = o.text('device_map');
  const said = isSet(o, 'device_map') && known(map) !== 'auto';
  if (said || isSet(o, 'max_memory'))
    return derived<number>(UNKNOWN, 'device_map and max_memory place the layers', map);
  const single = envEntry({ env }, 'SWIFT_SINGLE_DEVICE_MODE');
  const on = single?.value.kind === 'scalar' && single.value.text === '1';
  return on ? byDefault(1, 'SWIFT_SINGLE_DEVICE_MODE leaves a process one GPU') : undefined;
}

/** Visible GPUs that cannot be dealt out evenly among the processes of a node, which is refused. */
export function unevenGpus({
  launch,
  grip,
}: Recognized): { readonly gpus: number; readonly processes: Sourced<number> } | undefined {
  const entry = perNodeEntry(launch);
  const processes = entry && processCount(entry, grip.file);
  const count = processes && known(processes);
  const gpus = launch.visibleGpus && known(launch.visibleGpus);
  if (processes === undefined || count === undefined || gpus === undefined) return undefined;
  return gpus % count === 0 ? undefined : { gpus, processes };
}

/** The GPUs that each process spreads the layers over, where it has several (utils/env.py, is_mp). */
function layersOver(launch: Launch, file: string): Sourced<number> | undefined {
  const { launcher, worldSize, visibleGpus } = launch;
  // `accelerate launch` starts a process for each GPU unless its config says otherwise.
  const one = worldSize === undefined ? launcher === undefined : worldSize.value === 1;
  const entry = perNodeEntry(launch);
  const local = entry === undefined ? undefined : processCount(entry, file);
  const processes = one ? 1 : local && known(local);
  const count = visibleGpus === undefined ? undefined : known(visibleGpus);
  if (visibleGpus === undefined || count === undefined || processes === undefined) return undefined;
  const each = count / processes;
  if (!Number.isInteger(each) || each < 2) return undefined;
  const from = one || local === undefined ? [visibleGpus] : [visibleGpus, local];
  const who = one ? 'one process spreads' : 'each process spreads';
  return derived(each, `${who} the layers over its visible GPUs (device_map)`, ...from);
}
