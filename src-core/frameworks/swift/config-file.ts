import { written } from '../../run/sourced.ts';
import type { Document, Entry, MapNode, Mapping } from '../../syntax/document.ts';
import { asInt } from '../convert.ts';
import type { AdapterContext, Launch, Recognized, Section } from '../framework.ts';
import { NO_LAUNCH } from '../launch.ts';
import { findKey } from '../resolve-key.ts';
import type { Scope } from '../schema.ts';
import { swiftScope, tolerantScope } from './scopes.ts';
import { toleratedIn } from './tolerated.ts';

/** Keys that only ms-swift has; two of them beside a model and a dataset make a YAML its config. */
const OWN_KEYS = new Set([
  'tuner_type',
  'train_type',
  'rlhf_type',
  'torch_dtype',
  'attn_impl',
  'target_modules',
  'split_dataset_ratio',
  'dataset_num_proc',
  'external_plugins',
  'custom_register_path',
  'load_from_cache_file',
  'model_author',
  'model_name',
  'padding_free',
  'freeze_vit',
  'quant_method',
  'quant_bits',
  'loss_scale',
  'agent_template',
  'device_groups',
  'lora_rank',
]);
/** Keys that name the model in other frameworks. */
const FOREIGN_KEYS = ['base_model', 'model_name_or_path', '_component_', 'model_args'];
const MEGATRON_KEYS = ['micro_batch_size', 'tensor_model_parallel_size', 'train_iters', 'train'];

/** Groups of workers of `megatron rlhf --use_ray`, in the order in which they are read here. */
const RAY_GROUPS = ['rollout', 'teacher', 'train'];
/** Keys that the Ray driver takes for itself. */
const RAY_KEYS = new Set(['gpus', 'colocate_groups', 'nnodes', 'sleep_level', ...RAY_GROUPS]);

/** A YAML or JSON file for `swift sft x.yaml` or `megatron rlhf --config x.yaml`, read alone. */
export function recognizeSwiftFile(
  document: Document,
  unit: Mapping,
  context: AdapterContext,
): Recognized | undefined {
  const keys = new Set(unit.root.entries.map((entry) => entry.key));
  if (!keys.has('model') || !(keys.has('dataset') || keys.has('cached_dataset'))) return undefined;
  // A run writes down its arguments as `args.json`, which nobody reads as a config.
  if (FOREIGN_KEYS.some((key) => keys.has(key)) || keys.has('swift_version')) return undefined;
  if ([...keys].filter((key) => OWN_KEYS.has(key)).length < 2) return undefined;
  const prefix = MEGATRON_KEYS.some((key) => keys.has(key)) ? 'megatron ' : '';
  const supervised = swiftScope(`${prefix}sft`);
  const preferences = swiftScope(`${prefix}rlhf`);
  const typed = keys.has('rlhf_type');
  const untyped = !typed && onlyIn(preferences, supervised, keys) >= PREFERENCES;
  const scope = typed || untyped ? preferences : supervised;
  if (scope === undefined) return undefined;
  const first = unit.root.entries[0];
  return {
    adapter: context.adapter('swift'),
    grip: { file: document.file.path, span: first?.keySpan ?? unit.span },
    sections: toleratedIn(fileSections(document, unit, scope)),
    launch: fileLaunch(document, unit, scope),
    trains: true,
    // The command that names the file says which algorithm it is for.
    ...(untyped && { unread: true }),
  };
}

/** So many options of `swift rlhf` alone make a file one for it: `swift rlhf --rlhf_type grpo x.yaml`. */
const PREFERENCES = 2;

/** How many of the keys one scope has, and another has not. */
function onlyIn(
  one: Scope | undefined,
  other: Scope | undefined,
  keys: ReadonlySet<string>,
): number {
  if (one === undefined || other === undefined) return 0;
  return [...keys].filter((key) => findKey(one, key) && !findKey(other, key)).length;
}

/** The options a config file holds: its root, and the groups of a Ray config, the trainer's last. */
export function fileSections(document: Document, unit: Mapping, scope: Scope): readonly Section[] {
  const groups = rayGroups(unit.root);
  const base = { file: document.file.path, document, unit, leftover: [], flags: true };
  if (groups.length === 0) {
    // `ENV` sets environment variables and is taken out before the keys become flags.
    const entries = unit.root.entries.filter((entry) => entry.key !== 'ENV');
    return [{ ...base, scope, entries, path: [] }];
  }
  // swift/ray/megatron/driver_utils.py logs what is left over.
  const open = tolerantScope(scope);
  const own = unit.root.entries.filter((entry) => !RAY_KEYS.has(entry.key));
  return [
    { ...base, scope: open, entries: own, path: [] },
    ...groups.map(({ name, map }) => ({
      ...base,
      scope: open,
      entries: map.entries.filter((entry) => !RAY_KEYS.has(entry.key)),
      path: [name],
    })),
  ];
}

/** How many GPUs the trainer's group of a Ray config has. */
export function fileLaunch(document: Document, unit: Mapping, scope: Scope): Launch {
  const train = rayGroups(unit.root).find(({ name }) => name === 'train');
  const gpus = train?.map.entries.find((entry) => entry.key === 'gpus');
  if (gpus === undefined) return NO_LAUNCH;
  const worldSize = written(asInt(gpus.value), document.file.path, gpus, scope.id);
  return { ...NO_LAUNCH, worldSize };
}

function rayGroups(root: MapNode): readonly { name: string; map: MapNode }[] {
  return RAY_GROUPS.flatMap((name) => {
    const entry: Entry | undefined = root.entries.find((one) => one.key === name);
    return entry?.value.kind === 'map' ? [{ name, map: entry.value }] : [];
  });
}
