import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import { type ConstraintInput, isSet, mayBeOn, textOf } from '../constraint.ts';
import type { AdapterContext, Launch, Recognized } from '../framework.ts';
import { envEntry, perNodeEntry, processCount } from '../launch.ts';
import { olderThan } from '../since.ts';

/** What is split over GPUs without being data parallel. */
export function spread(o: Options, recognized: Recognized, context: AdapterContext): RunDraft {
  const sequence = o.int('sequence_parallel_size');
  const layers =
    placed(o, recognized.launch, context) ??
    layersOver(recognized, cardsOf(o, recognized, context));
  const alone = layers !== undefined && startsOne(recognized);
  return {
    ...(layers === undefined ? {} : { 'parallel.pipelineParallel': layers }),
    ...(alone ? { 'parallel.worldSize': byDefault(1, 'one process') } : {}),
    ...(o.has('sequence_parallel_size') ? { 'parallel.sequenceParallel': sequence } : {}),
  };
}

/** Where the layers go by what is written: on one card, or as far as the cards are allowed to be filled. */
function placed(o: Options, { env }: Launch, context: AdapterContext): Sourced<number> | undefined {
  const map = o.text('device_map');
  const said = isSet(o, 'device_map') && known(map) !== 'auto';
  if (said || isSet(o, 'max_memory'))
    return derived<number>(UNKNOWN, 'device_map and max_memory place the layers', map);
  const single = envEntry({ env }, 'SWIFT_SINGLE_DEVICE_MODE');
  const on = single?.value.kind === 'scalar' && single.value.text === '1';
  if (on) return byDefault(1, 'SWIFT_SINGLE_DEVICE_MODE leaves a process one GPU');
  return hasOwnWorkers(o, context)
    ? byDefault(1, 'inference workers have the GPUs that no process trains on')
    : undefined;
}

/** Before 3.6 GRPO gives its inference workers GPUs of their own, and no process has several (USE_FAST_INFERENCE). */
function hasOwnWorkers(o: Options, context: AdapterContext): boolean {
  if (textOf(o, 'rlhf_type') !== 'grpo' || !olderThan(context, 'swift', '3.6')) return false;
  return mayBeOn(o, 'use_vllm') || mayBeOn(o, 'use_lmdeploy');
}

/** Visible GPUs that cannot be dealt out evenly among the processes of a node, which is refused. */
export function unevenGpus({
  options,
  recognized: { launch, grip },
  context,
}: Pick<ConstraintInput, 'options' | 'recognized' | 'context'>):
  | { readonly gpus: number; readonly processes: Sourced<number> }
  | undefined {
  if (hasOwnWorkers(options, context)) return undefined;
  const entry = perNodeEntry(launch);
  const processes = entry && processCount(entry, grip.file);
  const count = processes && known(processes);
  const gpus = launch.visibleGpus && known(launch.visibleGpus);
  if (processes === undefined || count === undefined || gpus === undefined) return undefined;
  return gpus % count === 0 ? undefined : { gpus, processes };
}

/** Whether a command starts the program once, as no launcher or variable says more. */
function startsOne({ launch, sections }: Recognized): boolean {
  const command = sections.some(({ unit }) => unit.kind === 'command');
  return command && launch.worldSize === undefined && launch.launcher === undefined;
}

/** The GPUs that processes share: the visible ones, or those of a setting, unless something asks for a process for each. */
function cardsOf(
  o: Options,
  recognized: Recognized,
  { gpus }: AdapterContext,
): Sourced<number> | undefined {
  const each = ['deepspeed', 'fsdp', 'use_vllm'].some((key) => isSet(o, key));
  return recognized.launch.visibleGpus ?? (startsOne(recognized) && !each ? gpus : undefined);
}

/** The GPUs that each process spreads the layers over, where it has several (utils/env.py, is_mp). */
function layersOver(
  { launch, grip }: Recognized,
  cards: Sourced<number> | undefined,
): Sourced<number> | undefined {
  const { launcher, worldSize } = launch;
  // `accelerate launch` starts a process for each GPU unless its config says otherwise.
  const one = worldSize === undefined ? launcher === undefined : worldSize.value === 1;
  const entry = perNodeEntry(launch);
  const local = entry === undefined ? undefined : processCount(entry, grip.file);
  const processes = one ? 1 : local && known(local);
  const count = cards && known(cards);
  if (cards === undefined || count === undefined || processes === undefined) return undefined;
  const each = count / processes;
  if (!Number.isInteger(each) || each < 2) return undefined;
  const from = one || local === undefined ? [cards] : [cards, local];
  const who = one ? 'one process spreads' : 'each process spreads';
  return derived(each, `${who} the layers over its visible GPUs (device_map)`, ...from);
}
