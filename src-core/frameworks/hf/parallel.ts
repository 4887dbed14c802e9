import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { Node } from '../../syntax/document.ts';
import type { SourceFile } from '../../text/source-file.ts';
import type { AdapterContext, Launch, Recognized } from '../framework.ts';
import { accelerateEngine, accelerateLaunch, accelerateWorld } from './accelerate.ts';
import { fsdpCheckpointing } from './fsdp-checkpointing.ts';
import {
  numberIn,
  OFF,
  rootOf,
  type ZeroConfig,
  zeroDraft,
  zeroOfMap,
  zeroOfName,
} from './zero.ts';

/** Configs that a framework ships under short names: of DeepSpeed, and of FSDP that checkpoint. */
export interface Presets {
  readonly zero: ZeroPresets;
  readonly fsdp: readonly string[];
}

type ZeroPresets = Readonly<Record<string, ZeroConfig>>;

/** How the run is spread over processes, for trainers that build on transformers. */
export function hfParallel(
  o: Options,
  recognized: Recognized,
  context: AdapterContext,
  presets: Presets = { zero: {}, fsdp: [] },
): RunDraft {
  const deepspeed = o.text('deepspeed');
  const node = o.node('deepspeed');
  if (node !== undefined && !(node.kind === 'scalar' && node.value === null))
    return {
      ...zeroFields(node, deepspeed, recognized, context, presets.zero),
      'parallel.worldSize': shardedWorld(recognized, context),
    };
  const fsdp = o.texts('fsdp');
  if (isOn(fsdp))
    return {
      'parallel.worldSize': shardedWorld(recognized, context),
      'parallel.engine': fsdpEngine(o, fsdp, context),
      ...fsdpOffload(fsdp),
      ...fsdpCheckpointing(o, recognized, context, presets.fsdp),
    };
  const world = {
    'parallel.worldSize':
      unsaidWorld(o, recognized, context) ?? worldSizeOf(recognized.launch, context),
  };
  if (recognized.launch.launcher === 'accelerate')
    return { ...world, ...accelerateEngine(recognized.launch, context) };
  return { ...world, ...fileEngine(recognized) };
}

/**
 * A Python file says nowhere how it is started, except in words: `accelerate launch ...`. Neither
 * does a YAML file that a script reads, unless `trl` starts it, whose config then names accelerate's.
 */
function fileEngine({ adapter, sections }: Recognized): RunDraft {
  const section = sections[0];
  const python = section?.document.file.language === 'python';
  const words = python && /accelerate launch|deepspeed/i.test(section.document.file.text);
  const read = adapter.id === 'trl' && sections.every(({ unit }) => unit.kind === 'mapping');
  if (!words && !read) return {};
  return {
    'parallel.engine': byDefault<'none'>(UNKNOWN, 'the launch decides, which is elsewhere'),
  };
}

/**
 * What a program that is not seen started says of its processes: nothing, unless it runs in a notebook,
 * sees one card alone or puts the model on one; whoever gives a number of cards means the run as it is.
 */
function unsaidWorld(
  o: Options,
  { adapter, launch, sections, started }: Recognized,
  context: AdapterContext,
): Sourced<number> | undefined {
  const file = sections[0]?.document.file;
  if (file?.language !== 'python' || started || isInteractive(file)) return undefined;
  // Its loads have a device_map of their own.
  if (adapter.id === 'unsloth') return undefined;
  if (context.gpus !== undefined || launch.visibleGpus?.value === 1) return undefined;
  if (o.has('from_pretrained.device_map') && placesWhole(o.node('from_pretrained.device_map')))
    return undefined;
  return byDefault<number>(UNKNOWN, 'how the program is started is not said');
}

/** A notebook, or a program with its marks. */
function isInteractive({ path, text }: SourceFile): boolean {
  return /\.ipynb$/i.test(path) || /^(?:# %%|[ \t]*[!%][a-z])/m.test(text);
}

/** `device_map="cuda:0"` and `{"": 0}`: no distributed run loads a model so. */
function placesWhole(map: Node | undefined): boolean {
  if (map?.kind === 'scalar') return true;
  return map?.kind === 'map' && map.entries.every(({ value }) => value.kind === 'scalar');
}

/** Processes: what the launcher says, else the GPU count of a setting, else one. */
export function worldSizeOf(launch: Launch, context: AdapterContext): Sourced<number> {
  const told = accelerateWorld(launch, context) ?? launch.worldSize ?? context.gpus;
  if (told !== undefined) return told;
  if (accelerateLaunch(launch, context)?.unread === true)
    return byDefault<number>(UNKNOWN, 'the config of accelerate says how many processes');
  const all = launch.launcher === 'accelerate' || launch.launcher === 'deepspeed';
  if (!all) return byDefault(1, 'one process');
  return launch.visibleGpus ?? byDefault<number>(UNKNOWN, 'one process for each GPU there is');
}

/** The same where the weights are split over processes: no command means that no one says how many. */
function shardedWorld(recognized: Recognized, context: AdapterContext): Sourced<number> {
  const { launch, sections, started } = recognized;
  const command = sections.some(({ unit }) => unit.kind === 'command');
  if (command || started || launch.worldSize !== undefined || context.gpus !== undefined)
    return worldSizeOf(launch, context);
  return byDefault<number>(UNKNOWN, 'how many processes share the weights is not said');
}

function isOn(texts: Sourced<readonly string[]>): boolean {
  const value = known(texts);
  return value?.some((text) => text !== '' && !/^(false|no|0)$/i.test(text)) === true;
}

/** Which of the two it is: transformers 5 takes the second where nothing is said. */
function fsdpEngine(
  o: Options,
  fsdp: Sourced<readonly string[]>,
  context: AdapterContext,
): Sourced<'fsdp' | 'fsdp2'> {
  const config = o.node('fsdp_config');
  const said = numberIn(config, 'fsdp_version') ?? numberIn(config, 'version');
  const release = context.version('transformers');
  const old = release !== undefined && Number.parseInt(known(release) ?? '5', 10) < 5;
  const two = known(fsdp)?.includes('fsdp2') || (said ?? (old ? 1 : 2)) === 2;
  return derived<'fsdp' | 'fsdp2'>(two ? 'fsdp2' : 'fsdp', 'fsdp is on', fsdp);
}

/** `fsdp: full_shard offload`. */
function fsdpOffload(fsdp: Sourced<readonly string[]>): RunDraft {
  const offload = known(fsdp)?.some((text) => text.split(/[\s,]+/).includes('offload')) === true;
  if (!offload) return {};
  const on = derived(true, 'fsdp offloads', fsdp);
  return { 'parallel.offloadParams': on, 'parallel.offloadOptimizer': on };
}

function zeroFields(
  node: Node,
  text: Sourced<string>,
  recognized: Recognized,
  context: AdapterContext,
  presets: ZeroPresets,
): RunDraft {
  const { config, how } = findZero(node, text, recognized, context, presets);
  return {
    'parallel.engine': derived<'deepspeed'>('deepspeed', 'a DeepSpeed config is named', text),
    ...zeroDraft(config, how, text),
  };
}

function findZero(
  node: Node,
  text: Sourced<string>,
  recognized: Recognized,
  context: AdapterContext,
  presets: ZeroPresets,
): { config: ZeroConfig; how: string } {
  if (node.kind === 'map') return { config: zeroOfMap(node), how: 'the config says so' };
  const name = known(text);
  if (name === undefined)
    return { config: { ...OFF, stage: UNKNOWN }, how: 'the DeepSpeed config is not known' };
  const preset = presets[name];
  if (preset !== undefined) return { config: preset, how: `what \`${name}\` stands for` };
  const document = context.file(name, recognized.grip.file);
  const root = document === undefined ? undefined : rootOf(document);
  if (root !== undefined) return { config: zeroOfMap(root), how: `read from ${name}` };
  return { config: zeroOfName(name), how: 'guessed from the file name' };
}
