import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { derived, known, type Sourced } from '../../run/sourced.ts';
import type { Launch, Recognized } from '../framework.ts';
import { perNodeEntry, processCount } from '../launch.ts';

/** What is split over GPUs without being data parallel. */
export function spread(o: Options, { launch, grip }: Recognized): RunDraft {
  const sequence = o.int('sequence_parallel_size');
  const layers = layersOver(launch, grip.file);
  return {
    ...(layers === undefined ? {} : { 'parallel.pipelineParallel': layers }),
    ...(o.has('sequence_parallel_size') ? { 'parallel.sequenceParallel': sequence } : {}),
  };
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
