import { byDefault, derived, type Sourced, UNKNOWN, written } from '../run/sourced.ts';
import { flagEntries, wordText as textOf } from '../syntax/argv.ts';
import type { Command, Document, Entry, Word } from '../syntax/document.ts';
import { span } from '../text/span.ts';
import { asInt } from './convert.ts';
import type { Launch } from './framework.ts';
import { findKey } from './resolve-key.ts';
import type { Scope } from './schema.ts';

/** A launch that says nothing: a YAML file on its own. */
export const NO_LAUNCH: Launch = { entries: [], env: [] };

/** The text of a word; empty for a word that is not there. */
export function wordText(word: Word | undefined): string {
  return word === undefined ? '' : textOf(word);
}

/** The name of a file that a program reads its options from. */
export const CONFIG_FILE = /\.(ya?ml|json)$/;

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** What starts processes, as a program or behind `python -m`. */
const LAUNCHERS: Readonly<Record<string, string>> = {
  torchrun: 'torchrun',
  'torch.distributed.run': 'torchrun',
  'torch.distributed.launch': 'torchrun',
  accelerate: 'accelerate',
  'accelerate-launch': 'accelerate',
  'accelerate.commands.launch': 'accelerate',
  deepspeed: 'deepspeed',
  'deepspeed.pt': 'deepspeed',
  'deepspeed.launcher.runner': 'deepspeed',
  mpirun: 'mpirun',
  srun: 'srun',
};

/** Whether a word names a launcher. */
export function isLauncher(word: string): boolean {
  return LAUNCHERS[baseName(word)] !== undefined;
}

/** How a Python program is launched, as far as it says: by what it sets in its own environment. */
export function programLaunch({ env, file }: Document): Launch {
  if (env === undefined) return NO_LAUNCH;
  const visibleGpus = readVisible(env, file.path);
  return { file: file.path, entries: [], env, ...(visibleGpus && { visibleGpus }) };
}

/** Flags that give processes on one node, by any launcher. Names with `_`. */
const PROCESSES_PER_NODE = ['nproc_per_node', 'num_gpus', 'nproc-per-node'];
const NODES = ['nnodes', 'num_nodes', 'num_machines'];

/**
 * Reads what stands before the program: launcher, its flags, the environment.
 * `before` holds the words in front of the program or script.
 */
export function readLaunch(command: Command, before: readonly Word[], file: string): Launch {
  // Of `srun ... torchrun ...` the inner one starts the processes.
  const start = before.findLastIndex(
    (word, i) => isLauncher(wordText(word)) && !/^--[^=]*$/.test(wordText(before[i - 1])),
  );
  const launcher = LAUNCHERS[baseName(wordText(before[start]))];
  const flags = start < 0 ? [] : before.slice(start + 1);
  const { entries } = flagEntries(flags, 'gnu');
  const env = command.env;
  const worldSize = readWorldSize(launcher, entries, env, file);
  const visibleGpus = readVisible(env, file);
  const from = before[start]?.span.end;
  return {
    file,
    ...(from === undefined ? {} : { reach: span(from, (before.at(-1)?.span.end ?? from) + 1) }),
    entries,
    env,
    ...(launcher === undefined ? {} : { launcher }),
    ...(worldSize === undefined ? {} : { worldSize }),
    ...(visibleGpus === undefined ? {} : { visibleGpus }),
  };
}

function lookup(entries: readonly Entry[], names: readonly string[]): Entry | undefined {
  return entries.findLast((entry) => names.includes(entry.key.replaceAll('-', '_')));
}

function readWorldSize(
  launcher: string | undefined,
  entries: readonly Entry[],
  env: readonly Entry[],
  file: string,
): Sourced<number> | undefined {
  if (launcher === 'accelerate') {
    const total = lookup(entries, ['num_processes']);
    return total === undefined ? undefined : processCount(total, file);
  }
  // A program that starts processes itself is started once for each node.
  const itself = launcher === 'srun' && envEntry({ env }, 'NPROC_PER_NODE') !== undefined;
  if (launcher === 'mpirun' || (launcher === 'srun' && !itself)) {
    const total = launcher === 'mpirun' ? lookup(entries, ['n', 'np']) : undefined;
    if (total !== undefined) return processCount(total, file);
    return byDefault<number>(UNKNOWN, `${launcher} starts as many as it is given`);
  }
  const perNode = perNodeEntry({ entries, env });
  const include = lookup(entries, ['include']);
  if (launcher === 'deepspeed' && perNode === undefined && include !== undefined)
    return included(include, file);
  const nodes = lookup(entries, NODES) ?? envEntry({ env }, 'NNODES');
  if (perNode === undefined) return launcher === undefined ? otherNodes(nodes, file) : undefined;
  const local = processCount(perNode, file);
  if (nodes === undefined) return local;
  const nodeCount = processCount(nodes, file);
  const value =
    local.value === UNKNOWN || nodeCount.value === UNKNOWN
      ? UNKNOWN
      : local.value * nodeCount.value;
  return derived<number>(value, 'processes per node x nodes', local, nodeCount);
}

/** What names the processes of one node: an option of the launcher, or the environment. */
export function perNodeEntry({ entries, env }: Pick<Launch, 'entries' | 'env'>): Entry | undefined {
  return lookup(entries, PROCESSES_PER_NODE) ?? envEntry({ env }, 'NPROC_PER_NODE');
}

/** `NNODES=$WORLD_SIZE swift sft`: a platform fills in the nodes, and the processes of each. */
function otherNodes(nodes: Entry | undefined, file: string): Sourced<number> | undefined {
  if (nodes === undefined || processCount(nodes, file).value === 1) return undefined;
  return written<number>(UNKNOWN, file, nodes);
}

/** A count that must be at least 1; `gpu`, `auto` and ranges such as `1:4` are unknown. */
export function processCount(entry: Entry, file: string): Sourced<number> {
  const value = asInt(entry.value);
  return written<number>(value !== UNKNOWN && value >= 1 ? value : UNKNOWN, file, entry);
}

/** `localhost:0,1,2` of the deepspeed launcher. */
function included(entry: Entry, file: string): Sourced<number> {
  const text = entry.value.kind === 'scalar' ? entry.value.text : '';
  const slots = /^[^:@]+:([\d,]+)$/
    .exec(text)?.[1]
    ?.split(',')
    .filter((slot) => slot !== '');
  return written<number>(slots === undefined ? UNKNOWN : slots.length, file, entry);
}

function readVisible(env: readonly Entry[], file: string): Sourced<number> | undefined {
  const entry =
    envEntry({ env }, 'CUDA_VISIBLE_DEVICES') ?? envEntry({ env }, 'ASCEND_RT_VISIBLE_DEVICES');
  if (entry === undefined) return undefined;
  const text = entry.value.kind === 'scalar' ? entry.value.text : undefined;
  if (text === undefined || text.trim() === '') return undefined;
  const ids = text.split(',').map((id) => id.trim());
  const legal = ids.every((id) => /^\d+$|^GPU-[\w-]+$|^MIG-/.test(id));
  return written<number>(legal ? new Set(ids).size : UNKNOWN, file, entry);
}

/** The variables of the environment whose values are read; of others only that they are set. */
const ENVIRONMENT = [
  'ALLOW_EXTRA_ARGS',
  'ASCEND_RT_VISIBLE_DEVICES',
  'CUDA_VISIBLE_DEVICES',
  'DISABLE_VERSION_CHECK',
  'FORCE_TORCHRUN',
  'NNODES',
  'NPROC_PER_NODE',
  'PYTORCH_ALLOC_CONF',
  'PYTORCH_CUDA_ALLOC_CONF',
  'SWIFT_SINGLE_DEVICE_MODE',
  'USE_KT',
  'USE_MCA',
  'USE_MEGATRON_BRIDGE',
  'USE_RAY',
] as const;
/** A variable of the environment whose value is read. */
export type Variable = (typeof ENVIRONMENT)[number];

/** Whether a run may depend on the value of that variable of the environment. */
export function readsVariable(name: string): boolean {
  return ENVIRONMENT.some((one) => one === name);
}

/** The environment entry of that name, if the text sets it. */
export function envEntry({ env }: Pick<Launch, 'env'>, name: Variable): Entry | undefined {
  return env.findLast((entry) => entry.key === name);
}

const PYTHON = /\.py[>}]?$/;

/**
 * Index of the script or module that a launcher's words run, from `from` on: the first that is neither an
 * option of the launcher's nor a value of one. `undefined` where that is no Python file, or cannot be told.
 */
export function launchedIndex(
  words: readonly Word[],
  from: number,
  own: Scope,
): number | undefined {
  // What is not known may be the script, or options.
  let open = false;
  for (let i = from; i < words.length; i++) {
    const word = words[i];
    const text = wordText(word);
    const next = wordText(words[i + 1]);
    if (/^--?[A-Za-z]/.test(text)) {
      if (/^(?:-m|--module)$/.test(text) && next !== '' && !next.startsWith('-')) return i + 1;
      const spec = findKey(own, text.replace(/^-+/, ''));
      const mine = spec === undefined && PYTHON.test(next) && !open;
      if (!text.includes('=') && !next.startsWith('-') && spec?.flag !== true && !mine) i++;
    } else if (PYTHON.test(text)) return i;
    else if (text === '--') continue;
    else if (word?.value.kind === 'scalar') return undefined;
    else open = true;
  }
  return undefined;
}
