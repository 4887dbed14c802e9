import type { Options } from '../../run/options.ts';
import { lazy } from '../../text/lazy.ts';
import { say } from '../../text/message.ts';
import type { Constraint, ConstraintInput, Violation } from '../constraint.ts';
import { accelerateLaunch } from '../hf/accelerate.ts';
import {
  boolOf,
  engineOf,
  isWhole,
  keyOf,
  placeOf,
  rejects,
  scalarOf,
  switchProblem,
  textOf,
} from './facts.ts';
import { isDeepSpeedJson } from './sections.ts';

const PLUGIN = 'utils/dataclasses.py';
const SECTION = 'deepspeed_config';
const FILE = 'deepspeed_config_file';

/** What a DeepSpeed config file says itself. */
const IN_FILE = [
  ...['gradient_accumulation_steps', 'gradient_clipping', 'zero_stage'],
  ...['offload_optimizer_device', 'offload_param_device', 'offload_param_nvme_path'],
  ...['offload_optimizer_nvme_path', 'zero3_save_16bit_model'],
];

/** Runs a check where DeepSpeed is what starts the run. */
function deepspeed(
  id: string,
  check: (o: Options, input: ConstraintInput) => Violation | undefined,
  more: Partial<Pick<Constraint, 'rule' | 'severity'>> = {},
): Constraint {
  return rejects(
    `deepspeed-${id}`,
    PLUGIN,
    (input) => (engineOf(input.options) === 'deepspeed' ? check(input.options, input) : undefined),
    more,
  );
}

/** The path of the DeepSpeed config; `none` in words means that there is none. */
function fileOf(o: Options): string | undefined {
  const named = scalarOf(o, FILE, SECTION);
  return typeof named === 'string' && named !== 'none' ? named : undefined;
}

/** The checks of `DeepSpeedPlugin`, which the started processes make first. */
export const deepSpeedConstraints = lazy((): readonly Constraint[] => [
  rejects('deepspeed-as-config', 'commands/config/config_args.py', ({ recognized, context }) => {
    const config = accelerateLaunch(recognized.launch, context)?.config;
    if (config === undefined || !isDeepSpeedJson(config)) return undefined;
    return {
      at: 'launch.config_file',
      message: say`${config.document.file.path} is DeepSpeed's config: accelerate looks for \`distributed_type\` in it and stops. \`--use_deepspeed --deepspeed_config_file\` hands it to DeepSpeed`,
    };
  }),
  deepspeed('file-and-keys', (o) => {
    if (fileOf(o) === undefined) return undefined;
    const keys = IN_FILE.map((one) => `${SECTION}.${one}`).filter((one) => o.has(one));
    const mixed = o.has('config.mixed_precision') && !o.has('launch.mixed_precision');
    const told = mixed && !o.isNull('config.mixed_precision') ? ['config.mixed_precision'] : [];
    const [at, ...more] = [...keys, ...told];
    if (at === undefined) return undefined;
    const names = [at, ...more].map((key) => `\`${key.slice(key.indexOf('.') + 1)}\``).join(', ');
    return {
      at,
      onKey: true,
      with: [placeOf(o, FILE, SECTION), ...more],
      message: say`${names} cannot stand beside ${FILE}: accelerate stops and wants such settings in the DeepSpeed config`,
      fixes: [
        {
          title: say`Remove ${names}`,
          safety: 'suggestion',
          changes: [at, ...more].map((key) => ({ kind: 'option', key, to: null })),
        },
      ],
    };
  }),
  deepspeed('file', (o) => {
    const value = scalarOf(o, FILE, SECTION);
    if (typeof value !== 'number' && typeof value !== 'boolean') return undefined;
    return { at: placeOf(o, FILE, SECTION), message: say`${FILE} is the path of a JSON file` };
  }),
  deepspeed('file-without-zero', (o, { recognized, context }) => {
    const named = fileOf(o);
    if (named === undefined || !/\.json$/.test(named)) return undefined;
    const unit = context.file(named, recognized.grip.file)?.units[0];
    if (unit?.kind !== 'mapping') return undefined;
    if (unit.root.entries.some((entry) => entry.key === 'zero_optimization')) return undefined;
    return {
      at: placeOf(o, FILE, SECTION),
      message: say`accelerate needs \`zero_optimization\` in the DeepSpeed config that it is given`,
    };
  }),
  deepspeed('formats', (o, { recognized, context }) => {
    const named = fileOf(o);
    const asked = textOf(o, 'mixed_precision', 'config')?.toLowerCase();
    if (named === undefined || !/\.json$/.test(named)) return undefined;
    if (asked !== 'fp16' && asked !== 'bf16' && asked !== 'fp8') return undefined;
    const other = asked === 'fp16' ? 'bf16' : 'fp16';
    const unit = context.file(named, recognized.grip.file)?.units[0];
    const root = unit?.kind === 'mapping' ? unit.root : undefined;
    const section = root?.entries.findLast((entry) => entry.key === other)?.value;
    const on =
      section?.kind === 'map' ? section.entries.find(({ key }) => key === 'enabled') : undefined;
    if (on === undefined || on.value.kind !== 'scalar' || on.value.value !== true) return undefined;
    return {
      at: placeOf(o, 'mixed_precision', 'config'),
      with: [placeOf(o, FILE, SECTION)],
      message: say`mixed_precision is ${asked}, and ${named} enables ${other}: accelerate stops`,
    };
  }),
  deepspeed(
    'zero3-init-flag',
    (o) => {
      const given = textOf(o, 'zero3_init_flag', SECTION);
      return given === null ? undefined : switchProblem(o, 'zero3_init_flag', SECTION);
    },
    { rule: 'wrong-type' },
  ),
  deepspeed(
    'zero3-init-without-zero3',
    (o) => {
      const key = keyOf(o, 'zero3_init_flag', SECTION);
      const on = boolOf(textOf(o, 'zero3_init_flag', SECTION) ?? '');
      if (on !== true || key === undefined || keyOf(o, FILE, SECTION) !== undefined)
        return undefined;
      const stage = textOf(o, 'zero_stage', SECTION) ?? '2';
      if (stage === '3') return undefined;
      return {
        at: key,
        message: say`zero3_init_flag is for ZeRO stage 3; with stage ${stage} it is turned off`,
      };
    },
    { severity: 'warning', rule: 'overridden-key' },
  ),
  ...[
    { name: 'zero_stage', what: say`a whole number`, test: isWhole },
    { name: 'gradient_clipping', what: say`a number or auto`, test: isNumber },
    {
      name: 'gradient_accumulation_steps',
      what: say`a whole number or auto`,
      test: (text: string) => text === 'auto' || isWhole(text),
    },
  ].map(({ name, what, test }) =>
    deepspeed(
      name,
      (o) => {
        const text = textOf(o, name, SECTION);
        if (text === undefined || text === null || test(text) || fileOf(o) !== undefined)
          return undefined;
        return {
          at: placeOf(o, name, SECTION),
          message: say`${name} is ${what}, not \`${text}\`: the processes stop when they read it`,
        };
      },
      { rule: 'wrong-type' },
    ),
  ),
  deepspeed(
    'stage',
    (o) => {
      const text = textOf(o, 'zero_stage', SECTION);
      if (text === undefined || text === null || !isWhole(text) || /^[0-3]$/.test(text.trim()))
        return undefined;
      return {
        at: placeOf(o, 'zero_stage', SECTION),
        message: say`ZeRO has stages 0 to 3: accelerate passes ${text} on, DeepSpeed stops at it`,
      };
    },
    { rule: 'bad-choice', severity: 'warning' },
  ),
]);

/** Whether Python's `float()` takes a text. */
function isNumber(text: string): boolean {
  const plain = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
  return text === 'auto' || plain.test(text) || /^[+-]?(?:inf|infinity|nan)$/i.test(text);
}
