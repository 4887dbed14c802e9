import { known } from '../../run/sourced.ts';
import type { Node } from '../../syntax/document.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, type ConstraintInput, isSet, removeOption } from '../constraint.ts';
import { accelerateWorld, launchSetting } from '../hf/accelerate.ts';
import { perNodeEntry, processCount } from '../launch.ts';

const KEY = 'from_pretrained.device_map';

/**
 * A load that is told where to put the layers, after arguments that have switched ZeRO-3 on: both in one
 * function, so that the order in the text is the order of the calls.
 */
const zero3: Constraint = {
  id: 'zero3-device-map',
  cite: { label: 'transformers integrations/accelerate.py, check_and_set_device_map' },
  check({ options: o, recognized, draft }) {
    const load = recognized.sections.find(({ scope }) => scope.id === 'from_pretrained')?.unit;
    const args = recognized.sections.at(-1)?.unit;
    if (load?.kind !== 'call' || args?.kind !== 'call' || !isSet(o, KEY)) return undefined;
    const stage = draft['parallel.zeroStage'];
    const zero3 = isSet(o, 'deepspeed') && stage !== undefined && known(stage) === 3;
    const together = args.within?.start === load.within?.start && load.block === undefined;
    if (!zero3 || !together || args.block !== undefined || args.span.start > load.span.start)
      return undefined;
    return {
      at: KEY,
      with: ['deepspeed'],
      onKey: true,
      message: say`ZeRO-3 spreads the weights by itself: transformers refuses a load with \`device_map\` once the arguments with \`deepspeed\` are made`,
      fixes: [removeOption('device_map')],
    };
  },
};

/** Ways to spread the layers; "sequential" may leave them all on one card. */
const SPREAD = ['auto', 'balanced', 'balanced_low_0'];
const BYPASS = 'ACCELERATE_BYPASS_DEVICE_MAP';

/** Each of several processes would spread the layers over all cards, or put them on the same one. */
const distributed: Constraint = {
  id: 'distributed-device-map',
  cite: {
    label: 'accelerate src/accelerate/accelerator.py, prepare_model',
    url: 'https://github.com/huggingface/accelerate/blob/main/src/accelerate/accelerator.py',
  },
  check(input) {
    const { options: o, recognized, draft } = input;
    const load = recognized.sections.find(({ scope }) => scope.id === 'from_pretrained')?.unit;
    const args = recognized.sections.at(-1)?.unit;
    const node = o.node(KEY);
    if (load?.kind !== 'call' || args?.kind !== 'call' || args === load || node === undefined)
      return undefined;
    // The load itself is refused there.
    if (isSet(o, 'deepspeed') && draft['parallel.zeroStage']?.value === 3) return undefined;
    const local = localProcesses(input);
    if (local === undefined || local < 2 || load.several === true) return undefined;
    const packed = draft.quantization !== undefined && known(draft.quantization)?.method === 'bnb';
    if (node.kind === 'scalar' && SPREAD.includes(node.text))
      return {
        at: KEY,
        onKey: true,
        message: say`each of ${local} processes spreads the layers over the GPUs, and distributed training refuses such a model: start one process, with \`python\``,
        fixes: packed ? [] : [removeOption('device_map')],
      };
    if (!packed || !isFirst(node)) return undefined;
    return {
      at: KEY,
      onKey: true,
      message: say`each of ${local} processes loads its quantised weights on GPU 0: all but the first stop, as they train on another. \`{"": local_rank}\` is meant`,
    };
  },
};

/** Processes that the launch starts on one machine, whose cards each of them sees; `undefined` where it is not said. */
function localProcesses({
  recognized: { launch, sections },
  context,
}: ConstraintInput): number | undefined {
  const texts = sections.map(({ document }) => document.file.text);
  const { env, visibleGpus } = launch;
  if (env.some(({ key }) => key === BYPASS) || texts.some((text) => text.includes(BYPASS)))
    return undefined;
  // A program may show each process a card of its own.
  if (visibleGpus === undefined && texts.some((text) => text.includes('CUDA_VISIBLE_DEVICES')))
    return undefined;
  if (visibleGpus !== undefined && (known(visibleGpus) ?? 1) === 1) return undefined;
  const entry = launch.launcher === 'accelerate' ? undefined : perNodeEntry(launch);
  if (entry !== undefined) return known(processCount(entry, launch.file ?? ''));
  const machines = launchSetting(launch, context, 'num_machines');
  const world = accelerateWorld(launch, context);
  const all = world === undefined ? undefined : known(world);
  return all === undefined ? undefined : all / Number(machines === undefined ? 1 : known(machines));
}

/** `cuda:0`, 0 or `{"": 0}`. */
function isFirst(node: Node): boolean {
  if (node.kind === 'scalar') return node.text === 'cuda:0' || node.value === 0;
  const [only, ...more] = node.kind === 'map' ? node.entries : [];
  return only?.key === '' && more.length === 0 && isFirst(only.value);
}

/** Where a load is told to put the layers. */
export const deviceMaps = lazy((): readonly Constraint[] => [zero3, distributed]);
