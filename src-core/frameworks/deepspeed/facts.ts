import type { Options } from '../../run/options.ts';
import { known, UNKNOWN } from '../../run/sourced.ts';
import type { Node, Scalar } from '../../syntax/document.ts';
import type { Constraint, ConstraintInput, Violation } from '../constraint.ts';
import { madeSince } from '../since.ts';
import { firstRelease } from './releases.ts';

/** The scalar written for `key`, `"auto"` included; `undefined` when there is none. */
export function scalar(o: Options, key: string): Scalar | undefined {
  const node = o.node(key);
  return node?.kind === 'scalar' ? node.value : undefined;
}

/** A written number that is no text and no placeholder. */
export function count(o: Options, key: string): number | undefined {
  const value = scalar(o, key);
  return typeof value === 'number' ? value : undefined;
}

/** Whether pydantic reads the value of `key` as true. */
export function on(o: Options, key: string): boolean {
  const value = scalar(o, key);
  if (typeof value === 'string') return /^(?:1|on|t|true|y|yes)$/i.test(value);
  return value === true || value === 1;
}

/** The ZeRO stage, 0 without a section; `undefined` when it is left to another place. */
export function zeroStage(o: Options): number | undefined {
  if (!o.has('zero_optimization')) return 0;
  const whole = scalar(o, 'zero_optimization');
  if (typeof whole === 'boolean') return whole ? 1 : 0;
  if (!o.has('zero_optimization.stage')) return 0;
  const stage = scalar(o, 'zero_optimization.stage');
  if (typeof stage === 'boolean') return stage ? 1 : 0;
  return typeof stage === 'number' || /^\d+$/.test(String(stage)) ? Number(stage) : undefined;
}

/** Processes that share a batch, when something says how many there are. */
export function worldOf({ options: o, recognized, context }: ConstraintInput): number | undefined {
  const { worldSize, visibleGpus } = recognized.launch;
  const world = worldSize ?? visibleGpus ?? context.gpus;
  if (world === undefined || world.value === UNKNOWN) return undefined;
  const tensor = count(o, 'tensor_parallel.autotp_size') ?? 1;
  const sequence = count(o, 'sequence_parallel_size') ?? 1;
  return tensor > 1 ? undefined : (known(world) ?? 1) / sequence;
}

/** Whether a trainer of transformers fills in the config, batch sizes included. */
export function isFilled({ recognized }: Pick<ConstraintInput, 'recognized'>): boolean {
  return recognized.within !== undefined;
}

/** Whether a value of the file is left to be filled in. */
export function hasAuto(node: Node | undefined): boolean {
  if (node?.kind === 'scalar') return node.value === 'auto';
  if (node?.kind === 'list') return node.items.some(hasAuto);
  return node?.kind === 'map' && node.entries.some(({ value }) => hasAuto(value));
}

/** A check of DeepSpeed, for releases that make it; `where` is the file below `deepspeed/`. */
export function rejects(
  id: string,
  where: string,
  check: (input: ConstraintInput) => Violation | undefined,
  rule?: Constraint['rule'],
): Constraint {
  return {
    id,
    cite: { label: `DeepSpeed deepspeed/${where}` },
    check: madeSince('deepspeed', firstRelease(id), check),
    ...(rule !== undefined && { rule }),
  };
}
