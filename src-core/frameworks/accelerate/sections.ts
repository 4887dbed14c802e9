import type { Document, Entry, Mapping } from '../../syntax/document.ts';
import { isDeepSpeedConfig } from '../deepspeed/sections.ts';
import type { AdapterContext, Launch, Place, Section } from '../framework.ts';
import { accelerateLaunch, type NamedMapping } from '../hf/accelerate.ts';
import { findKey } from '../resolve-key.ts';
import { accelerateScope } from './scopes.ts';

/** What stands before a command in a terminal, as documentation prints it above a file. */
const PROMPT = /^\S*\$ /;

/** The sections of a config of accelerate: the top level, then its nested mappings. */
export function configSections(document: Document, unit: Mapping): readonly Section[] {
  const scope = accelerateScope(isSageMaker(unit.root.entries) ? 'sagemaker' : 'config');
  if (scope === undefined) return [];
  const base = { file: document.file.path, document, unit, leftover: [] };
  const nested = unit.root.entries.flatMap(({ key, value }): readonly Section[] => {
    const id = findKey(scope, key)?.nested;
    const inner = id === undefined ? undefined : accelerateScope(id);
    if (inner === undefined || value.kind !== 'map') return [];
    return [{ ...base, scope: inner, entries: value.entries, path: [key], nested: true }];
  });
  const entries = unit.root.entries.filter(({ key }) => !PROMPT.test(key));
  return [{ ...base, scope, entries, path: [] }, ...nested];
}

function isSageMaker(entries: readonly Entry[]): boolean {
  const value = entries.findLast(({ key }) => key === 'compute_environment')?.value;
  return value?.kind === 'scalar' && value.text === 'AMAZON_SAGEMAKER';
}

/** The sections of a launch: the config that it names, then its own flags, which override. */
export function accelerateSections(
  launch: Launch,
  own: Place,
  context: AdapterContext,
): readonly Section[] {
  const scope = accelerateScope('launch');
  if (scope === undefined) return [];
  const config = accelerateLaunch(launch, context)?.config;
  // `--accelerate_config` is trl's own name for `--config_file`.
  const entries = launch.entries.filter(({ key }) => key !== 'accelerate_config');
  const unit = config?.unit;
  const read =
    config !== undefined && unit?.kind === 'mapping' && !isDeepSpeedJson(config)
      ? configSections(config.document, unit)
      : [];
  return [...read, { ...own, ...reachOf(launch), scope, entries, leftover: [], nested: true }];
}

/** Whether what a launch names as its config is DeepSpeed's: nothing in it is accelerate's. */
export function isDeepSpeedJson({ document, root }: NamedMapping): boolean {
  return document.file.language === 'json' && isDeepSpeedConfig(root);
}

/** The part of a command that belongs to the launcher. */
export function reachOf({ reach }: Launch): Pick<Section, 'reach'> {
  return reach === undefined ? {} : { reach };
}

/** Keys that hardly any other YAML has. */
const TELLING = new Set(['compute_environment', 'distributed_type', 'main_training_function']);
const USUAL = ['num_processes', 'num_machines', 'machine_rank', 'mixed_precision', 'downcast_bf16'];
/** Keys of trainers, whose files may hold some of the same. */
const FOREIGN = /^(?:model|model_name_or_path|base_model|output_dir|dataset\w*|_component_)$/;

/** Whether the keys of a mapping are those of accelerate's config. */
export function isAccelerateConfig(entries: readonly Entry[]): boolean {
  const keys = entries.map(({ key }) => key);
  if (keys.some((key) => FOREIGN.test(key))) return false;
  return (
    keys.some((key) => TELLING.has(key)) || USUAL.filter((key) => keys.includes(key)).length >= 3
  );
}
