import type { Options } from '../../run/options.ts';
import type { Node, Scalar } from '../../syntax/document.ts';
import { say } from '../../text/message.ts';
import type { Constraint, ConstraintInput, Violation } from '../constraint.ts';

/** The key under which a setting is written: a flag of the launch wins over the config. */
export function keyOf(o: Options, name: string, section: string): string | undefined {
  return [`launch.${name}`, `${section}.${name}`].find((key) => o.has(key));
}

/** The same, or where it would stand in the config. */
export function placeOf(o: Options, name: string, section: string): string {
  return keyOf(o, name, section) ?? `${section}.${name}`;
}

/** The written scalar of a setting; `undefined` when it is not written, no scalar, or not known. */
export function scalarOf(o: Options, name: string, section: string): Scalar | undefined {
  const key = keyOf(o, name, section);
  const node: Node | undefined = key === undefined ? undefined : o.node(key);
  if (node?.kind === 'absent') return key?.startsWith('launch.') ? true : null;
  return node?.kind === 'scalar' ? node.value : undefined;
}

/**
 * A setting as Python's `str()` gives it to the environment of the processes; `null` where it is
 * null, `undefined` where it is not written or not known.
 */
export function textOf(o: Options, name: string, section: string): string | null | undefined {
  const key = keyOf(o, name, section);
  const node = key === undefined ? undefined : o.node(key);
  if (node?.kind === 'list') return '[...]';
  if (node?.kind === 'map') return '{...}';
  const value = scalarOf(o, name, section);
  if (typeof value === 'number') return node?.kind === 'scalar' ? node.text : String(value);
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : value;
}

/** What starts the run. */
export type Engine = 'deepspeed' | 'fsdp' | 'multi' | 'megatron' | 'simple';

/** The engine: flags first, then `distributed_type`; `undefined` where that is not known. */
export function engineOf(o: Options): Engine | undefined {
  if (o.has('launch.use_deepspeed')) return 'deepspeed';
  if (o.has('launch.use_fsdp')) return 'fsdp';
  if (o.has('launch.use_megatron_lm')) return 'megatron';
  if (o.has('launch.multi_gpu')) return 'multi';
  const type = scalarOf(o, 'distributed_type', 'config');
  if (type === undefined) return undefined;
  if (type === 'DEEPSPEED') return 'deepspeed';
  if (type === 'FSDP') return 'fsdp';
  if (type === 'MEGATRON_LM') return 'megatron';
  return typeof type === 'string' && type.startsWith('MULTI_') ? 'multi' : 'simple';
}

/** Whether there is a config of accelerate to judge, and not SageMaker's. */
export function hasConfig({ recognized }: ConstraintInput): boolean {
  return recognized.sections.some(({ scope }) => scope.id === 'config');
}

/** The words that accelerate's `str_to_bool` takes; `undefined` for others, at which it stops. */
export function boolOf(text: string): boolean | undefined {
  if (/^(?:y|yes|t|true|on|1)$/i.test(text)) return true;
  return /^(?:n|no|f|false|off|0)$/i.test(text) ? false : undefined;
}

/** Whether Python's `int()` takes a text. */
export function isWhole(text: string): boolean {
  return /^\s*[+-]?\d+(?:_\d+)*\s*$/.test(text);
}

/** A switch that must be one of the words for true and false. */
export function switchProblem(o: Options, name: string, section: string): Violation | undefined {
  const text = textOf(o, name, section);
  if (text === undefined || boolOf(text ?? 'None') !== undefined) return undefined;
  return {
    at: placeOf(o, name, section),
    message: say`\`${name}\` is true or false, not ${text === null ? say`nothing` : `\`${text}\``}: the processes stop when they read it`,
  };
}

/** A check of accelerate; `where` is the file below `accelerate/`. */
export function rejects(
  id: string,
  where: string,
  check: (input: ConstraintInput) => Violation | undefined,
  more: Partial<Pick<Constraint, 'rule' | 'severity'>> = {},
): Constraint {
  return { id, cite: { label: `accelerate src/accelerate/${where}` }, check, ...more };
}
