import type { Document, Entry, MapNode, Unit } from '../../syntax/document.ts';
import type { Section } from '../framework.ts';
import { findKey } from '../resolve-key.ts';
import { deepSpeedScope } from './scopes.ts';

/** The sections of a DeepSpeed JSON: the top level, then each nested mapping with keys of its own. */
export function deepSpeedSections(
  document: Document,
  unit: Unit,
  root: MapNode,
  path: readonly string[] = [],
): readonly Section[] {
  return sectionsOf(document, unit, 'config', root, path);
}

function sectionsOf(
  document: Document,
  unit: Unit,
  id: string,
  map: MapNode,
  path: readonly string[],
): readonly Section[] {
  const scope = deepSpeedScope(id);
  if (scope === undefined) return [];
  const own: Section = {
    file: document.file.path,
    document,
    unit,
    scope,
    entries: map.entries,
    leftover: [],
    path,
    ...(id !== 'config' && { nested: true }),
  };
  const nested = map.entries.flatMap(({ key, value }) => {
    const inner = findKey(scope, key)?.nested;
    return inner === undefined || value.kind !== 'map'
      ? []
      : sectionsOf(document, unit, inner, value, [...path, key]);
  });
  return [own, ...nested];
}

const ZERO = 'zero_optimization';
/** Keys that only DeepSpeed has at the top of a config. */
const TELLING = new Set([
  ZERO,
  'train_micro_batch_size_per_gpu',
  'zero_allow_untested_optimizer',
  'zero_force_ds_cpu_optimizer',
  'prescale_gradients',
  'gradient_predivide_factor',
  'gradient_allreduce_op',
  'sparse_gradients',
  'steps_per_print',
  'wall_clock_breakdown',
  'communication_data_type',
  'seq_parallel_communication_data_type',
]);
/** The same of its sections: other programs have switches of these names. */
const SECTIONS = new Set([
  'elasticity',
  'flops_profiler',
  'activation_checkpointing',
  'comms_logger',
  'hybrid_engine',
  'torch_autocast',
]);
/** Keys of trainers and launchers that may hold some of the same. */
const FOREIGN = /^(?:model|model_name_or_path|model_type|base_model|output_dir)$/;

/** Whether the keys of a JSON file are those of a DeepSpeed config. */
export function isDeepSpeedConfig(root: MapNode): boolean {
  const { entries } = root;
  if (entries.some(({ key }) => FOREIGN.test(key))) return false;
  // A stray key of accelerate's does not make its config of one with DeepSpeed's main section.
  const isZero = entries.some(({ key, value }) => key === ZERO && value.kind === 'map');
  if (!isZero && entries.some(({ key }) => key === 'distributed_type')) return false;
  const tells = ({ key, value }: Entry) =>
    TELLING.has(key) || (SECTIONS.has(key) && value.kind === 'map');
  if (entries.some(tells)) return true;
  if (entries.some(isPrecision)) return true;
  const scope = deepSpeedScope('config');
  const known = entries.filter(({ key }) => scope && findKey(scope, key) !== undefined);
  return known.length === entries.length && known.some(({ key }) => key === 'train_batch_size');
}

/** `"fp16": {"enabled": ...}`. */
function isPrecision({ key, value }: Entry): boolean {
  if (!/^(?:fp16|bf16|bfloat16)$/.test(key) || value.kind !== 'map') return false;
  return value.entries.some((entry) => entry.key === 'enabled');
}
