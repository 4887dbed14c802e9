import type { Options } from '../../run/options.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import { type Constraint, removeOption, setOption, type Violation } from '../constraint.ts';
import { findKey } from '../resolve-key.ts';
import { count, on, rejects, scalar, zeroStage } from './facts.ts';
import { deepSpeedScope } from './scopes.ts';

const ZERO = 'runtime/zero/config.py';
const CONFIG = 'runtime/config.py';
const OFFLOAD = 'runtime/zero/offload_config.py';

/** Sections that are unpacked into a class, so that anything but a mapping stops DeepSpeed. */
const MAPPINGS = [
  'zero_optimization',
  'fp16',
  'bf16',
  'hybrid_engine',
  'compile',
  'comms_logger',
  'tensor_parallel',
  'tensorboard',
  'wandb',
  'csv_monitor',
  'comet',
];
/** Counts that may be 0 but not less. */
const COUNTS: Readonly<Record<string, readonly string[]>> = {
  zero_optimization: [
    ...['reduce_bucket_size', 'allgather_bucket_size', 'sub_group_size', 'prefetch_bucket_size'],
    ...['param_persistence_threshold', 'model_persistence_threshold', 'max_live_parameters'],
    ...['max_reuse_distance', 'zero_hpz_partition_size'],
  ],
  'zero_optimization.offload_param': ['buffer_count', 'buffer_size', 'max_in_cpu'],
  'zero_optimization.offload_optimizer': ['buffer_count'],
};
const SHARES = [
  'zero_optimization.offload_optimizer.ratio',
  'zero_optimization.offload_optimizer.cpuadam_cores_perc',
  'zero_optimization.zenflow.topk_ratio',
  'zero_optimization.zenflow.auto_ratio',
  'zero_optimization.zenflow.pt_reserved_cores_perc',
];

/** The checks of ZeRO, offloading, ZenFlow, and of what the sections are. */
export const zeroConstraints = lazy((): readonly Constraint[] => [
  ...MAPPINGS.map((key) =>
    rejects(`${key}-mapping`, CONFIG, ({ options: o }) => notMapping(o, key), 'wrong-type'),
  ),
  rejects(
    'zero-stage-null',
    ZERO,
    ({ options: o }) => {
      if (scalar(o, 'zero_optimization.stage') !== null) return undefined;
      return { at: 'zero_optimization.stage', message: say`the ZeRO stage is 0, 1, 2 or 3` };
    },
    'bad-choice',
  ),
  {
    ...rejects('zero-stage-list', 'autotuning/autotuner.py', ({ options: o }) => {
      const key = 'zero_optimization.stage';
      if (o.node(key)?.kind !== 'list' || o.has('autotuning')) return undefined;
      return {
        at: key,
        message: say`a list of ZeRO stages is for the autotuner: without it DeepSpeed wants one`,
      };
    }),
    rule: 'wrong-type',
    severity: 'warning',
  },
  ...Object.entries(COUNTS).flatMap(([section, keys]) =>
    keys.map((key) =>
      rejects(`${section}-${key}`, ZERO, ({ options: o }) => negative(o, `${section}.${key}`)),
    ),
  ),
  ...SHARES.map((key) =>
    rejects(key, OFFLOAD, ({ options: o }) => {
      const value = count(o, key);
      if (value === undefined || (value >= 0 && value <= 1)) return undefined;
      return { at: key, message: say`${key} is a share from 0 to 1, not ${value}` };
    }),
  ),
  rejects('partial-offload', ZERO, ({ options: o }) => {
    const key = 'zero_optimization.offload_optimizer.ratio';
    const ratio = count(o, key);
    const stage = zeroStage(o);
    if (ratio === undefined || ratio >= 1 || ratio < 0 || stage === undefined || stage === 3)
      return undefined;
    return {
      at: key,
      with: ['zero_optimization.stage'],
      message: say`part of the optimizer can be offloaded under ZeRO stage 3 alone, not ${stage}`,
      fixes: [removeOption(key), setOption('zero_optimization.stage', 3)],
    };
  }),
  ...[
    ['cpu_offload', 'offload_optimizer'],
    ['cpu_offload_param', 'offload_param'],
    ['stage3_gather_fp16_weights_on_model_save', 'gather_16bit_weights_on_model_save'],
  ].map(([old = '', now = '']) =>
    rejects(`${old}-twice`, 'runtime/config_utils.py', ({ options: o }) => {
      const both = [old, now].every((key) => o.has(`zero_optimization.${key}`));
      if (!both || scalar(o, `zero_optimization.${now}`) === 'auto') return undefined;
      return {
        at: `zero_optimization.${old}`,
        with: [`zero_optimization.${now}`],
        message: say`\`${old}\` is the old name of \`${now}\`: DeepSpeed does not take both`,
        fixes: [removeOption(`zero_optimization.${old}`)],
      };
    }),
  ),
  ...['select_interval', 'update_interval'].map((key) =>
    rejects(`zenflow-${key}`, 'runtime/zenflow/zenflow_config.py', ({ options: o }) =>
      interval(o, `zero_optimization.zenflow.${key}`),
    ),
  ),
  rejects('zenflow-strategy', 'runtime/zenflow/zenflow_config.py', ({ options: o }) => {
    const key = 'zero_optimization.zenflow.select_strategy';
    const value = scalar(o, key);
    if (typeof value !== 'string' || /^(?:auto|step|epoch)$/.test(value)) return undefined;
    return { at: key, message: say`${key} is auto, step or epoch, not \`${value}\`` };
  }),
  {
    ...rejects('deprecated-zero', ZERO, ({ options: o }) => {
      if (typeof scalar(o, 'zero_optimization') !== 'boolean') return undefined;
      return {
        at: 'zero_optimization',
        message: say`a boolean for zero_optimization is an old form: write {"stage": 1}`,
      };
    }),
    severity: 'warning',
    rule: 'renamed-key',
  },
]);

function notMapping(o: Options, key: string): Violation | undefined {
  const node = o.node(`config.${key}`);
  if (node === undefined || node.kind === 'map' || node.kind === 'opaque') return undefined;
  const value = node.kind === 'scalar' ? node.value : undefined;
  if (key === 'zero_optimization' && typeof value === 'boolean') return undefined;
  if (key === 'bf16' && value === null) return undefined;
  return {
    at: `config.${key}`,
    message: say`\`${key}\` is a mapping: DeepSpeed stops at anything else`,
  };
}

function negative(o: Options, key: string): Violation | undefined {
  const value = count(o, key);
  return value === undefined || value >= 0
    ? undefined
    : { at: key, message: say`\`${key}\` is 0 or more, not ${value}` };
}

function interval(o: Options, key: string): Violation | undefined {
  const value = scalar(o, key);
  if (typeof value !== 'string' || value === 'auto') return undefined;
  return { at: key, message: say`\`${key}\` is "auto" or a number, not "${value}"` };
}

/** Old names that DeepSpeed still reads, with a warning in its log. */
export const deprecatedConstraints = lazy((): readonly Constraint[] =>
  (deepSpeedScope('zero_optimization')?.keys.all() ?? []).flatMap((spec): readonly Constraint[] => {
    const { deprecated, name } = spec;
    if (deprecated === undefined) return [];
    const at = `zero_optimization.${name}`;
    const check = rejects(`${name}-deprecated`, ZERO, ({ options: o }) => {
      if (!o.has(at) || (!on(o, at) && scalar(o, at) === undefined)) return undefined;
      const instead =
        deprecated.now === undefined ? deprecated.note : say`use \`${deprecated.now}\``;
      return {
        at,
        onKey: true,
        message: say`\`${name}\` is an old name that DeepSpeed still reads: ${instead}`,
      };
    });
    return [{ ...check, severity: 'warning', rule: 'renamed-key' }];
  }),
);

/** Whether the table knows `key` in the section of that id. */
export function knowsKey(section: string, key: string): boolean {
  const scope = deepSpeedScope(section);
  return scope !== undefined && findKey(scope, key) !== undefined;
}
