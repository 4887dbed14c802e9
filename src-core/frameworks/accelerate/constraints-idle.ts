import type { Options } from '../../run/options.ts';
import { lazy } from '../../text/lazy.ts';
import { type Phrase, say } from '../../text/message.ts';
import type { Constraint, ConstraintInput, Violation } from '../constraint.ts';
import { type Engine, engineOf, hasConfig, rejects } from './facts.ts';

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
]);

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
  const more = { rule: 'ignored-key', severity: 'warning' } as const;
  return rejects(`idle-${engine}-flags`, 'commands/launch.py, launch_command', check, more);
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
