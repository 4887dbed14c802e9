import type { Options } from '../../run/options.ts';
import { closest } from '../../text/distance.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  removeOption,
  setOption,
  type Violation,
} from '../constraint.ts';
import {
  engineOf,
  hasConfig,
  keyOf,
  placeOf,
  rejects,
  scalarOf,
  switchProblem,
  textOf,
} from './facts.ts';

const CONFIG = 'commands/config/config_args.py';
const LAUNCH = 'commands/launch.py';
const ENV = 'utils/launch.py';

const TYPES = [
  ...['NO', 'MULTI_CPU', 'MULTI_GPU', 'MULTI_NPU', 'MULTI_MLU', 'MULTI_SDAA', 'MULTI_MUSA'],
  ...['MULTI_XPU', 'MULTI_HPU', 'MULTI_NEURON', 'DEEPSPEED', 'FSDP', 'XLA', 'MEGATRON_LM'],
];
/** Types that older releases wrote. */
const OLD_TYPES: Readonly<Record<string, string>> = { TPU: 'XLA' };
const BACKENDS = [
  ...['NO', 'EAGER', 'AOT_EAGER', 'INDUCTOR', 'AOT_TS_NVFUSER', 'NVPRIMS_NVFUSER', 'CUDAGRAPHS'],
  ...['OFI', 'FX2TRT', 'ONNXRT', 'TENSORRT', 'AOT_TORCHXLA_TRACE_ONCE', 'TORCHXLA_TRACE_ONCE'],
  ...['TVM', 'HPU_BACKEND', 'NEURON'],
];
const SWITCHES = ['use_fullgraph', 'use_regional_compilation', 'use_dynamic'];

/** What reading the config demands. */
const configConstraints = lazy((): readonly Constraint[] => [
  {
    id: 'kt-config',
    rule: 'unknown-key',
    severity: 'info',
    cite: { label: 'LLaMA-Factory 0.9.5 src/llamafactory/hparams/parser.py' },
    check: ({ options }) =>
      options.has('config.kt_config')
        ? {
            at: 'config.kt_config',
            onKey: true,
            message: say`\`kt_config\` is for accelerate-kt, the build that KTransformers needs: accelerate itself stops at it`,
          }
        : undefined,
  },
  rejects(
    'distributed-type-missing',
    CONFIG,
    (input) => {
      const [root] = input.recognized.sections;
      if (!hasConfig(input) || input.options.has('config.distributed_type')) return undefined;
      return {
        at: `config.${root?.entries[0]?.key}`,
        onKey: true,
        message: say`accelerate needs \`distributed_type\` in its config and stops without it`,
        fixes: [setOption('distributed_type', 'MULTI_GPU'), setOption('distributed_type', 'NO')],
      };
    },
    { rule: 'missing-key' },
  ),
  rejects(
    'distributed-type',
    CONFIG,
    (input) => {
      const value = scalarOf(input.options, 'distributed_type', 'config');
      if (!hasConfig(input) || typeof value !== 'string' || TYPES.includes(value)) return undefined;
      const upper = OLD_TYPES[value] ?? value.toUpperCase();
      const near = TYPES.includes(upper) ? [upper] : closest(upper, TYPES, 2);
      return {
        at: 'config.distributed_type',
        message: say`\`${value.trim() || '""'}\` is no distributed_type: ${TYPES.slice(0, 3).join(', ')}, DEEPSPEED, FSDP or another of accelerate's`,
        fixes: near.map((one) => setOption('distributed_type', one)),
      };
    },
    { rule: 'bad-choice' },
  ),
  ...['num_machines', 'num_processes'].map((key) =>
    rejects(`${key}-number`, LAUNCH, ({ options: o }) => notCounted(o, key), {
      rule: 'wrong-type',
    }),
  ),
  rejects('gpu-ids', LAUNCH, (input) => (hasConfig(input) ? gpuIds(input.options) : undefined)),
  ...[true, false].map((command) =>
    rejects(
      command ? 'processes-missing' : 'processes-elsewhere',
      LAUNCH,
      (input) => (command === isCommand(input) ? processesMissing(input) : undefined),
      { rule: 'missing-key', ...(command ? {} : { severity: 'info' }) },
    ),
  ),
]);

function isCommand({ recognized }: ConstraintInput): boolean {
  return recognized.sections.some(({ scope }) => scope.id === 'launch');
}

/** A config by itself may leave the number to the command. */
function processesMissing(input: ConstraintInput): Violation | undefined {
  const { options: o } = input;
  if (!hasConfig(input) || o.has('launch.num_processes')) return undefined;
  const value = scalarOf(o, 'num_processes', 'config');
  const alone = scalarOf(o, 'distributed_type', 'config') === 'NO';
  const absent = !o.has('config.num_processes') && engineOf(o) !== undefined && !alone;
  if (value !== -1 && !absent) return undefined;
  return {
    at: o.has('config.num_processes') ? 'config.num_processes' : 'config.distributed_type',
    message: isCommand(input)
      ? say`accelerate needs num_processes, here or as \`--num_processes\`, and stops without it`
      : say`num_processes is left to the command: without \`--num_processes\` accelerate stops`,
  };
}

/** Counts are compared with numbers: a text or nothing stops accelerate. */
function notCounted(o: Options, key: string): Violation | undefined {
  const value = scalarOf(o, key, 'config');
  if (o.has(`launch.${key}`) || !o.has(`config.${key}`)) return undefined;
  const compared = key === 'num_machines' || engineOf(o) === 'simple';
  const wrong = typeof value === 'string' || (key === 'num_machines' && value === null);
  if (!compared || !wrong) return undefined;
  const number = Number(value ?? 1);
  return {
    at: `config.${key}`,
    message: say`${key} is a number without quotes, not ${value === null ? say`nothing` : say`the text "${value}"`}: accelerate stops`,
    fixes: Number.isInteger(number) ? [setOption(key, number)] : [],
  };
}

function gpuIds(o: Options): Violation | undefined {
  const key = keyOf(o, 'gpu_ids', 'config');
  const value = scalarOf(o, 'gpu_ids', 'config');
  // Flags are texts whatever they look like.
  const text = key?.startsWith('launch.') && value !== undefined ? String(value) : value;
  if (key === undefined || text === undefined || text === null) return undefined;
  if (typeof text !== 'string')
    return {
      at: key,
      message: say`gpu_ids is a text such as "0,1" or all: quote it`,
      fixes: [setOption(key, String(text))],
    };
  const machines = Number(scalarOf(o, 'num_machines', 'config') ?? 1);
  if (engineOf(o) !== 'multi' || text === 'all' || text.includes(',') || machines > 1)
    return undefined;
  return { at: key, message: say`several GPUs are asked for, and gpu_ids names one (${text})` };
}

/** What starting the processes demands. */
const startConstraints = lazy((): readonly Constraint[] => [
  rejects(
    'mixed-precision',
    ENV,
    ({ options: o }) => {
      const value = scalarOf(o, 'mixed_precision', 'config');
      // The flag has choices of its own.
      if (o.has('launch.mixed_precision') || value === undefined || value === null)
        return undefined;
      const text = String(value);
      if (typeof value === 'string' && /^(?:no|fp16|bf16|fp8)$/i.test(text)) return undefined;
      const bare = value === false;
      return {
        at: 'config.mixed_precision',
        message: bare
          ? say`YAML reads a bare \`no\` as false, which is no mixed_precision: quote it`
          : say`mixed_precision is no, fp16, bf16 or fp8, not \`${text}\``,
        fixes: [setOption('mixed_precision', bare ? 'no' : /b/i.test(text) ? 'bf16' : 'fp16')],
      };
    },
    { rule: 'bad-choice' },
  ),
  rejects(
    'dynamo-backend',
    ENV,
    ({ options: o }) => {
      const key = keyOf(o, 'dynamo_backend', 'dynamo_config') ?? 'config.dynamo_backend';
      const node = o.node(key);
      if (node?.kind !== 'scalar' || node.value === null) return undefined;
      const text = String(node.value);
      const flag = key.startsWith('launch.');
      const words = flag ? BACKENDS.map((word) => word.toLowerCase()) : BACKENDS;
      const word = flag ? text : text.toUpperCase();
      if (typeof node.value === 'string' && words.includes(word)) return undefined;
      return {
        at: key,
        message: say`\`${text}\` is no backend of dynamo: ${words[3]}, ${words[1]}, ${words[0]} …`,
        fixes: closest(flag ? text.toLowerCase() : word, words, 2).map((near) =>
          setOption(key, near),
        ),
      };
    },
    { rule: 'bad-choice' },
  ),
  ...SWITCHES.map((one) =>
    rejects(
      `dynamo-${one}`,
      'utils/dataclasses.py',
      ({ options: o }) => switchProblem(o, `dynamo_${one}`, 'dynamo_config'),
      { rule: 'wrong-type' },
    ),
  ),
  rejects(
    'use-cpu',
    ENV,
    ({ options: o }) =>
      engineOf(o) === 'simple' ? switchProblem(o, 'use_cpu', 'config') : undefined,
    { rule: 'wrong-type' },
  ),
  rejects('machines-without-address', ENV, ({ options: o }) => {
    const machines = Number(scalarOf(o, 'num_machines', 'config') ?? 1);
    if (engineOf(o) !== 'simple' || !(machines > 1)) return undefined;
    const missing = ['main_process_ip', 'main_process_port'].find(
      (key) => textOf(o, key, 'config') === null || keyOf(o, key, 'config') === undefined,
    );
    if (missing === undefined) return undefined;
    return {
      at: placeOf(o, 'num_machines', 'config'),
      message: say`several machines need ${missing}`,
    };
  }),
  rejects(
    'deepspeed-mapping',
    LAUNCH,
    ({ options: o }) => {
      const key = 'config.deepspeed_config';
      const node = o.node(key);
      if (node === undefined || node.kind === 'map' || node.kind === 'opaque') return undefined;
      if (o.isNull(key) || engineOf(o) !== 'deepspeed') return undefined;
      return { at: key, message: say`\`deepspeed_config\` is a mapping: accelerate stops` };
    },
    { rule: 'wrong-type' },
  ),
]);

/** What the flags of the launcher demand of each other. */
const flagConstraints = lazy((): readonly Constraint[] => [
  rejects('exclusive-flags', LAUNCH, ({ options: o }) => {
    const flags = ['cpu', 'multi_gpu', 'tpu', 'use_deepspeed', 'use_fsdp'];
    const [first, second] = flags.map((key) => `launch.${key}`).filter((key) => o.has(key));
    if (first === undefined || second === undefined) return undefined;
    return {
      at: second,
      onKey: true,
      with: [first],
      message: say`accelerate takes one of --cpu, --multi_gpu, --tpu, --use_deepspeed and --use_fsdp`,
      fixes: [removeOption(first), removeOption(second)],
    };
  }),
  rejects('multi-gpu-alone', LAUNCH, ({ options: o }) => {
    const value = Number(textOf(o, 'num_processes', 'launch') ?? 2);
    if (!o.has('launch.multi_gpu') || !o.has('launch.num_processes') || !(value < 2))
      return undefined;
    return {
      at: 'launch.num_processes',
      with: ['launch.multi_gpu'],
      message: say`--multi_gpu needs at least 2 processes, not ${value}`,
      fixes: [removeOption('launch.multi_gpu')],
    };
  }),
  rejects('parallelism-without-fsdp', LAUNCH, ({ options: o }) => {
    const key = 'launch.use_parallelism_config';
    if (!o.has(key) || o.has('launch.use_fsdp')) return undefined;
    return {
      at: key,
      onKey: true,
      message: say`--use_parallelism_config needs --use_fsdp with --fsdp_version=2`,
    };
  }),
  rejects('module-and-no-python', ENV, ({ options: o }) => {
    if (!o.has('launch.module') || !o.has('launch.no_python')) return undefined;
    return {
      at: 'launch.no_python',
      onKey: true,
      message: say`--module and --no_python exclude each other`,
    };
  }),
]);

/** What accelerate demands of its config and flags before the script starts. */
export const launchConstraints = lazy((): readonly Constraint[] => [
  ...configConstraints(),
  ...startConstraints(),
  ...flagConstraints(),
]);
