import type { MixedPrecision } from '../../facts/dtypes.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { byDefault, derived, known, type Sourced, UNKNOWN, written } from '../../run/sourced.ts';
import type { Document, Entry, MapNode, Unit } from '../../syntax/document.ts';
import { asText, boolOfText } from '../convert.ts';
import type { AdapterContext, Launch } from '../framework.ts';
import { processCount } from '../launch.ts';
import { fsdpCheckpoints } from './fsdp-checkpointing.ts';
import { shippedConfig } from './shipped-configs.ts';
import { rootOf, type ZeroConfig, zeroDraft, zeroOfMap, zeroOfName } from './zero.ts';

/** A mapping at the root of a file. */
export interface NamedMapping {
  readonly document: Document;
  readonly unit: Unit;
  readonly root: MapNode;
  readonly path: readonly string[];
}

/** The root mapping of a document that is there. */
export function mappingOf(document: Document | undefined): NamedMapping | undefined {
  const unit = document?.units[0];
  const root = document === undefined ? undefined : rootOf(document);
  if (document === undefined || unit === undefined || root === undefined) return undefined;
  return { document, unit, root, path: [] };
}

/** What `accelerate launch` is told: by flags, and by the file that `--config_file` names. */
export interface AccelerateLaunch {
  readonly launch: Launch;
  /** The config file, where it is at hand. */
  readonly config?: NamedMapping;
  /**
   * A config is named that is not at hand, or none is, so that the one in the user's home counts:
   * it may say anything.
   */
  readonly unread: boolean;
}

/** The launch as accelerate reads it; `undefined` for other launchers. */
export function accelerateLaunch(
  launch: Launch,
  context: AdapterContext,
): AccelerateLaunch | undefined {
  if (launch.launcher !== 'accelerate') return undefined;
  const shipped = flag(launch, 'accelerate_config');
  const named = flag(launch, 'config_file') ?? shipped;
  if (named === undefined) return { launch, unread: !ENGINES.some(([key]) => flag(launch, key)) };
  const name = asText(named.value);
  if (name === UNKNOWN) return { launch, unread: true };
  const own = named === shipped ? shippedConfig(name) : undefined;
  const config = mappingOf(context.file(name, launch.file ?? '') ?? own);
  return config === undefined ? { launch, unread: true } : { launch, config, unread: false };
}

function flag(launch: Launch, key: string): Entry | undefined {
  return launch.entries.findLast((entry) => entry.key.replaceAll('-', '_') === key);
}

function own(map: MapNode | undefined, key: string): Entry | undefined {
  return map?.entries.findLast((entry) => entry.key === key);
}

/** A setting of the launch: the flag, else the config's key, inside `section` if that is given. */
function setting(
  told: AccelerateLaunch,
  key: string,
  section?: string,
): Sourced<string> | undefined {
  const { launch, config } = told;
  const given = flag(launch, key);
  if (given !== undefined) return written(asText(given.value), launch.file ?? '', given);
  if (config === undefined) return undefined;
  const inner = section === undefined ? undefined : own(config.root, section)?.value;
  const map = section === undefined ? config.root : inner?.kind === 'map' ? inner : undefined;
  // `fsdp_config: {version: 2}` is read as `fsdp_version`.
  const entry = own(map, key) ?? own(map, key.replace(/^fsdp_/, ''));
  return entry && written(asText(entry.value), config.document.file.path, entry);
}

const ENGINES: readonly (readonly [string, Kind])[] = [
  ['use_deepspeed', 'DEEPSPEED'],
  ['use_fsdp', 'FSDP'],
  ['use_megatron_lm', 'MEGATRON_LM'],
  ['multi_gpu', 'MULTI'],
];

type Kind = 'DEEPSPEED' | 'FSDP' | 'MULTI' | 'MEGATRON_LM' | 'NO';

/** How the launch spreads the run: by flags, else by `distributed_type`; `undefined`: not known. */
function kindOf(told: AccelerateLaunch): { kind: Kind; by: Sourced<unknown> } | undefined {
  const { launch, config, unread } = told;
  for (const [key, kind] of ENGINES) {
    const entry = flag(launch, key);
    if (entry !== undefined) return { kind, by: written(true, launch.file ?? '', entry) };
  }
  if (unread) return undefined;
  if (config === undefined) return { kind: 'MULTI', by: byDefault(UNKNOWN, 'no flag says more') };
  const type = own(config.root, 'distributed_type');
  if (type === undefined) return undefined;
  const text = asText(type.value);
  const by = written(text, config.document.file.path, type);
  if (text === UNKNOWN) return undefined;
  if (text === 'DEEPSPEED' || text === 'FSDP' || text === 'MEGATRON_LM') return { kind: text, by };
  return { kind: /^MULTI_/.test(text) ? 'MULTI' : 'NO', by };
}

/** Processes that accelerate starts; `undefined` for other launchers. */
export function accelerateWorld(
  launch: Launch,
  context: AdapterContext,
): Sourced<number> | undefined {
  const told = accelerateLaunch(launch, context);
  if (told === undefined) return undefined;
  const kind = kindOf(told);
  if (kind?.kind === 'NO' && told.config !== undefined)
    return derived(1, 'distributed_type starts one process', kind.by);
  if (launch.worldSize !== undefined) return launch.worldSize;
  const { config } = told;
  if (config === undefined)
    return flag(launch, 'config_file') === undefined ? launch.visibleGpus : undefined;
  const entry = own(config.root, 'num_processes');
  if (entry === undefined) return byDefault<number>(UNKNOWN, 'num_processes is not said');
  return processCount(entry, config.document.file.path);
}

/** Engine, ZeRO stage and offloading that accelerate sets up; empty for other launchers. */
export function accelerateEngine(launch: Launch, context: AdapterContext): RunDraft {
  const told = accelerateLaunch(launch, context);
  if (told === undefined) return {};
  const kind = kindOf(told);
  const how = 'the config of accelerate decides, which is not at hand';
  if (kind === undefined) return { 'parallel.engine': byDefault<'none'>(UNKNOWN, how) };
  switch (kind.kind) {
    case 'DEEPSPEED':
      return zeroFields(told, kind.by, context);
    case 'FSDP':
      return fsdpFields(told, kind.by);
    case 'MEGATRON_LM':
      return { 'parallel.engine': derived<'megatron'>('megatron', 'accelerate', kind.by) };
    default:
      return {};
  }
}

/**
 * The mixed precision of the launch, which counts where the trainer asks for no format itself;
 * `undefined` for other launchers, and where accelerate is told nothing.
 */
export function launchedPrecision(
  launch: Launch,
  context: AdapterContext,
): Sourced<MixedPrecision> | undefined {
  const told = accelerateLaunch(launch, context);
  if (told === undefined) return undefined;
  const text = setting(told, 'mixed_precision');
  if (text === undefined)
    return told.unread
      ? byDefault<MixedPrecision>(UNKNOWN, 'the config of accelerate may say')
      : undefined;
  const name = known(text)?.toLowerCase();
  const value: MixedPrecision | typeof UNKNOWN =
    name === 'fp16' || name === 'bf16' || name === 'fp8'
      ? name
      : name === 'no' || name === 'false'
        ? 'none'
        : UNKNOWN;
  return { value, origin: text.origin };
}

function zeroFields(
  told: AccelerateLaunch,
  by: Sourced<unknown>,
  context: AdapterContext,
): RunDraft {
  const zero = zeroOf(told, context);
  const how = 'accelerate sets DeepSpeed up';
  return {
    'parallel.engine': derived<'deepspeed'>('deepspeed', how, by),
    ...zeroDraft(zero, how, by, zero.from),
  };
}

type FoundZero = ZeroConfig & { readonly from?: Sourced<unknown> };

function zeroOf(told: AccelerateLaunch, context: AdapterContext): FoundZero {
  const section = 'deepspeed_config';
  const file = setting(told, 'deepspeed_config_file', section);
  const name = file && known(file);
  if (file !== undefined) {
    if (name === undefined)
      return { stage: UNKNOWN, offloadOptimizer: false, offloadParams: false };
    const read = mappingOf(context.file(name, told.launch.file ?? ''));
    return { ...(read === undefined ? zeroOfName(name) : zeroOfMap(read.root)), from: file };
  }
  const stage = setting(told, 'zero_stage', section);
  const number = stage === undefined ? 2 : Number(known(stage));
  const offloads = (key: string): boolean => {
    const device = setting(told, key, section);
    return device !== undefined && !/^none$/i.test(known(device) ?? 'none');
  };
  return {
    stage: number === 0 || number === 1 || number === 2 || number === 3 ? number : UNKNOWN,
    offloadOptimizer: offloads('offload_optimizer_device'),
    offloadParams: offloads('offload_param_device'),
    ...(stage !== undefined && { from: stage }),
  };
}

function fsdpFields(told: AccelerateLaunch, by: Sourced<unknown>): RunDraft {
  const section = 'fsdp_config';
  const version = setting(told, 'fsdp_version', section);
  const two = version !== undefined && known(version) === '2';
  const strategy = setting(told, 'fsdp_sharding_strategy', section);
  const whole = !two && /^(?:NO_SHARD|3)$/i.test((strategy && known(strategy)) ?? '');
  const offload = setting(told, 'fsdp_offload_params', section);
  const offloads = offload !== undefined && boolOfText(known(offload) ?? '') === true;
  const checkpoints = setting(told, 'fsdp_activation_checkpointing', section);
  const how = 'accelerate sets FSDP up';
  return {
    'parallel.engine': derived<'fsdp' | 'fsdp2' | 'none'>(
      whole ? 'none' : two ? 'fsdp2' : 'fsdp',
      how,
      by,
    ),
    'parallel.offloadOptimizer': derived(offloads, how, offload ?? by),
    'parallel.offloadParams': derived(offloads, how, offload ?? by),
    ...(checkpoints &&
      fsdpCheckpoints(boolOfText(known(checkpoints) ?? '') ?? UNKNOWN, checkpoints)),
  };
}

/**
 * Whether accelerate sets FSDP up and lets the first process alone read the checkpoint, as it does
 * unless told otherwise (commands/launch.py): what `is_fsdp_enabled` of transformers asks for.
 */
export function loadsForFsdp(launch: Launch, context: AdapterContext): boolean {
  const told = accelerateLaunch(launch, context);
  if (told === undefined || told.unread || kindOf(told)?.kind !== 'FSDP') return false;
  const said = setting(told, 'fsdp_cpu_ram_efficient_loading', 'fsdp_config');
  return said === undefined || boolOfText(known(said) ?? '') === true;
}

/** The DeepSpeed config that accelerate hands to the trainer: a file, or its own few keys. */
export function deepSpeedOf(launch: Launch, context: AdapterContext): NamedMapping | undefined {
  const told = accelerateLaunch(launch, context);
  if (told === undefined || kindOf(told)?.kind !== 'DEEPSPEED') return undefined;
  const file = setting(told, 'deepspeed_config_file', 'deepspeed_config');
  const name = file && known(file);
  if (name !== undefined) return mappingOf(context.file(name, launch.file ?? ''));
  const section = told.config && own(told.config.root, 'deepspeed_config')?.value;
  return told.config !== undefined && section?.kind === 'map' && file === undefined
    ? { ...told.config, root: section, path: ['deepspeed_config'] }
    : undefined;
}

/** What accelerate is told of a setting, by flag or in its config, inside a section where one is named. */
export function launchSetting(
  launch: Launch,
  context: AdapterContext,
  key: string,
  section?: string,
): Sourced<string> | undefined {
  const told = accelerateLaunch(launch, context);
  return told && setting(told, key, section);
}
