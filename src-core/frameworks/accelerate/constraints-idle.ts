import type { Options } from '../../run/options.ts';
import { lazy } from '../../text/lazy.ts';
import { type Phrase, say } from '../../text/message.ts';
import { type Constraint, type ConstraintInput, setOption, type Violation } from '../constraint.ts';
import { type Engine, engineOf, hasConfig, rejects, scalarOf } from './facts.ts';

/** Flags that only one engine reads. */
const DEEPSPEED = [
  'deepspeed_config_file',
  'zero_stage',
  'offload_optimizer_device',
  'offload_param_device',
];
const FSDP = [
  'fsdp_version',
  'fsdp_sharding_strategy',
  'fsdp_offload_params',
  'fsdp_auto_wrap_policy',
  'fsdp_transformer_layer_cls_to_wrap',
];

/** Flags of an engine that the launch does not start: `launch_command` hands them to nobody. */
export const idleConstraints = lazy((): readonly Constraint[] => [
  idle('deepspeed', 'DEEPSPEED', DEEPSPEED),
  idle('fsdp', 'FSDP', FSDP),
  idleSection('deepspeed', 'DEEPSPEED'),
  idleSection('fsdp', 'FSDP'),
]);

const MORE = { rule: 'ignored-key', severity: 'warning' } as const;

/** The settings of an engine in a config whose `distributed_type` starts another one, or none. */
function idleSection(engine: Engine, type: string): Constraint {
  const id = `${engine}_config`;
  const check = ({ options: o, recognized }: ConstraintInput): Violation | undefined => {
    const own = recognized.sections.find(({ scope }) => scope.id === id);
    const said = scalarOf(o, 'distributed_type', 'config');
    if (own === undefined || own.entries.length === 0 || typeof said !== 'string') return undefined;
    if (said === type || !isFree(o) || !/^(?:MULTI_\w+|NO|DEEPSPEED|FSDP)$/.test(said))
      return undefined;
    const seen = recognized.launch.launcher !== undefined;
    return {
      at: `config.${id}`,
      onKey: true,
      with: ['config.distributed_type'],
      message: seen
        ? say`nothing reads \`${id}\`: \`distributed_type\` is \`${said}\``
        : say`nothing reads \`${id}\`: \`distributed_type\` is \`${said}\`, unless the launch says \`--use_${engine}\``,
      fixes: [setOption('distributed_type', type)],
    };
  };
  return rejects(`idle-${engine}-config`, 'commands/launch.py, launch_command', check, MORE);
}

function idle(engine: Engine, type: string, flags: readonly string[]): Constraint {
  const check = (input: ConstraintInput): Violation | undefined => {
    const { options: o } = input;
    const at = flags.map((key) => `launch.${key}`).find((key) => o.has(key));
    const use = `use_${engine}`;
    const unless = at === undefined ? undefined : otherwise(input, type);
    if (at === undefined || unless === undefined || engineOf(o) === engine) return undefined;
    return {
      at,
      onKey: true,
      message: say`without \`--${use}\`, accelerate reads no flag of ${engine === 'fsdp' ? 'FSDP' : 'DeepSpeed'}${unless}`,
    };
  };
  return rejects(`idle-${engine}-flags`, 'commands/launch.py, launch_command', check, MORE);
}

/** What else may start the engine; `undefined` where that is in a file that was not read. */
function otherwise(input: ConstraintInput, type: string): Phrase | '' | undefined {
  const { options: o } = input;
  if (hasConfig(input) || !isFree(o)) return '';
  if (o.has('launch.config_file')) return undefined;
  return say`, unless the config that \`accelerate config\` has saved says \`${type}\``;
}

/** Whether no flag starts another engine. */
function isFree(o: Options): boolean {
  const flags = ['multi_gpu', 'tpu', 'cpu', 'use_deepspeed', 'use_fsdp', 'use_megatron_lm'];
  return !flags.some((key) => o.has(`launch.${key}`));
}
