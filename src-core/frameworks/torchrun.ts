import { lazy } from '../text/lazy.ts';
import { docOf } from './docs.ts';
import { keyTable } from './key-table.ts';
import type { KeySpec, Scope } from './schema.ts';

/** Name, kind and default of each flag; a switch takes no value and has none. */
type Row = readonly [
  name: string,
  kind: 'string' | 'int' | 'float',
  otherwise: string | number | null,
];

// torch/distributed/run.py, get_args_parser: what every torchrun since 2.2 takes.
const VALUED: readonly Row[] = [
  ['nproc_per_node', 'string', '1'],
  ['nnodes', 'string', '1:1'],
  ['node_rank', 'int', 0],
  ['master_addr', 'string', '127.0.0.1'],
  ['master_port', 'int', 29500],
  ['rdzv_backend', 'string', 'static'],
  ['rdzv_endpoint', 'string', ''],
  ['rdzv_id', 'string', 'none'],
  ['rdzv_conf', 'string', ''],
  ['max_restarts', 'int', 0],
  ['monitor_interval', 'float', 0.1],
  ['start_method', 'string', 'spawn'],
  ['role', 'string', 'default'],
  ['log_dir', 'string', null],
  ['redirects', 'string', '0'],
  ['tee', 'string', '0'],
  ['local_ranks_filter', 'string', ''],
  ['local_addr', 'string', null],
];
const SWITCHES = ['standalone', 'module', 'no_python', 'run_path'];
const START_METHODS = ['spawn', 'fork', 'forkserver'];

function keySpec(
  name: string,
  kind: KeySpec['kinds'][number],
  otherwise: KeySpec['default'],
): KeySpec {
  return {
    ...{ name, kinds: [kind], nullable: true, default: otherwise, required: false },
    ...(name === 'start_method' && { choices: START_METHODS }),
    ...(kind === 'bool' && { flag: true }),
    source: 'torch/distributed/run.py',
    // `accelerate launch` hands the same flags on to torchrun.
    doc: docOf('torchrun', name) ?? docOf('accelerate', name),
  };
}

/** The flags of torchrun, to be proposed; nothing checks them. */
export const torchrunScope = lazy(
  (): Scope => ({
    id: 'torchrun',
    title: 'torchrun',
    keys: keyTable([
      ...VALUED.map(([name, kind, otherwise]) => keySpec(name, kind, otherwise)),
      ...SWITCHES.map((name) => keySpec(name, 'bool', false)),
    ]),
    gone: [],
    unknown: 'open',
    names: 'dash',
    origin: 'torch 2.11',
  }),
);
