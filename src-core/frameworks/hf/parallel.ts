import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN, written } from '../../run/sourced.ts';
import type { Document, Entry, MapNode, Node } from '../../syntax/document.ts';
import { asNumber, asText } from '../convert.ts';
import type { AdapterContext, Launch, Recognized } from '../framework.ts';

/** What a DeepSpeed config says that the memory of a run depends on. */
export interface ZeroConfig {
  readonly stage: 0 | 1 | 2 | 3 | typeof UNKNOWN;
  readonly offloadOptimizer: boolean;
  readonly offloadParams: boolean;
}

/** Configs that a framework ships under a short name. */
export type ZeroPresets = Readonly<Record<string, ZeroConfig>>;

const OFF: ZeroConfig = { stage: 0, offloadOptimizer: false, offloadParams: false };

/** How the run is spread over processes, for trainers that build on transformers. */
export function hfParallel(
  o: Options,
  recognized: Recognized,
  context: AdapterContext,
  presets: ZeroPresets = {},
): RunDraft {
  const deepspeed = o.text('deepspeed');
  const node = o.node('deepspeed');
  if (node !== undefined && !(node.kind === 'scalar' && node.value === null))
    return {
      ...zeroFields(node, deepspeed, recognized, context, presets),
      'parallel.worldSize': shardedWorld(recognized, context),
    };
  const fsdp = o.texts('fsdp');
  if (isOn(fsdp))
    return {
      'parallel.worldSize': shardedWorld(recognized, context),
      'parallel.engine': fsdpEngine(o, fsdp),
    };
  const world = { 'parallel.worldSize': worldSizeOf(recognized.launch, context) };
  const config = launchConfig(recognized.launch);
  if (config === undefined) return { ...world, ...fileEngine(recognized) };
  const text = asText(config.value);
  const named = written<string>(text, recognized.grip.file, config);
  const how = 'the config of accelerate decides, and it is not read';
  return { ...world, 'parallel.engine': derived<'none'>(UNKNOWN, how, named) };
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

/** The config file that `accelerate launch` is given. */
function launchConfig({ launcher, entries }: Launch): Entry | undefined {
  if (launcher !== 'accelerate') return undefined;
  return entries.findLast((entry) => entry.key.replaceAll('-', '_') === 'config_file');
}

/** Processes: what the launcher says, else the GPU count of a setting, else one. */
export function worldSizeOf(launch: Launch, context: AdapterContext): Sourced<number> {
  const told = launch.worldSize ?? context.gpus;
  if (told !== undefined) return told;
  if (launchConfig(launch) !== undefined)
    return byDefault<number>(UNKNOWN, 'the config of accelerate says how many processes');
  const all = launch.launcher === 'accelerate' || launch.launcher === 'deepspeed';
  if (!all) return byDefault(1, 'one process');
  return launch.visibleGpus ?? byDefault<number>(UNKNOWN, 'one process for each GPU there is');
}

/** The same where the weights are split over processes: no command means that no one says how many. */
function shardedWorld(recognized: Recognized, context: AdapterContext): Sourced<number> {
  const { launch, sections } = recognized;
  const command = sections.some(({ unit }) => unit.kind === 'command');
  if (command || launch.worldSize !== undefined || context.gpus !== undefined)
    return worldSizeOf(launch, context);
  return byDefault<number>(UNKNOWN, 'how many processes share the weights is not said');
}

function isOn(texts: Sourced<readonly string[]>): boolean {
  const value = known(texts);
  return value?.some((text) => text !== '' && !/^(false|no|0)$/i.test(text)) === true;
}

function fsdpEngine(o: Options, fsdp: Sourced<readonly string[]>): Sourced<'fsdp' | 'fsdp2'> {
  const version = o.node('fsdp_config');
  const two = known(fsdp)?.includes('fsdp2') || numberIn(version, 'fsdp_version') === 2;
  return derived<'fsdp' | 'fsdp2'>(two ? 'fsdp2' : 'fsdp', 'fsdp is on', fsdp);
}

function numberIn(node: Node | undefined, key: string): number | undefined {
  if (node?.kind !== 'map') return undefined;
  const value = node.entries.findLast((entry) => entry.key === key)?.value;
  const number = value === undefined ? UNKNOWN : asNumber(value);
  return number === UNKNOWN ? undefined : number;
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
    'parallel.zeroStage': derived<0 | 1 | 2 | 3>(config.stage, how, text),
    'parallel.offloadOptimizer': derived(config.offloadOptimizer, how, text),
    'parallel.offloadParams': derived(config.offloadParams, how, text),
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

/** The root mapping of a YAML or JSON document. */
export function rootOf(document: Document): MapNode | undefined {
  const unit = document.units[0];
  return unit?.kind === 'mapping' ? unit.root : undefined;
}

/** `ds_z3_offload_config.json`: the stage that nearly every file of that name has. */
function zeroOfName(name: string): ZeroConfig {
  const digit = /(?:zero|stage|ds_?z|z)[-_]?([0-3])/i.exec(name)?.[1];
  const offload = /offload/i.test(name);
  if (digit === undefined) return { ...OFF, stage: UNKNOWN };
  const stage = digit === '3' ? 3 : digit === '2' ? 2 : digit === '1' ? 1 : 0;
  return { stage, offloadOptimizer: offload, offloadParams: offload && stage === 3 };
}

/** Reads a DeepSpeed config's `zero_optimization`. */
export function zeroOfMap(root: MapNode): ZeroConfig {
  const zero = child(root, 'zero_optimization');
  if (zero?.kind !== 'map') return OFF;
  const stage = numberIn(zero, 'stage') ?? 0;
  return {
    stage: stage === 1 || stage === 2 || stage === 3 ? stage : 0,
    offloadOptimizer: offloads(child(zero, 'offload_optimizer')),
    offloadParams: offloads(child(zero, 'offload_param')),
  };
}

function child(map: MapNode, key: string): Node | undefined {
  return map.entries.findLast((entry) => entry.key === key)?.value;
}

function offloads(node: Node | undefined): boolean {
  if (node?.kind !== 'map') return false;
  const device = child(node, 'device');
  const text = device === undefined ? UNKNOWN : asText(device);
  return text !== UNKNOWN && text !== 'none';
}
