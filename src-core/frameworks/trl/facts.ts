import type { Options } from '../../run/options.ts';
import { known } from '../../run/sourced.ts';
import type { Phrase } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  removeOption,
  type Violation,
} from '../constraint.ts';
import { olderThan } from '../since.ts';

type Check = (input: ConstraintInput) => Violation | undefined;

/** Who makes a check, and since which release. */
interface Place {
  /** Commands and config classes that make it; absent: all of them. */
  readonly by?: readonly string[];
  /** File below trl/. */
  readonly where: string;
  readonly since?: string;
  readonly rule?: Constraint['rule'];
  readonly severity?: Constraint['severity'];
}

/** The scopes of SFT training: its subcommand and its config classes. */
export const SFT = ['sft', 'SFTConfig'];
/** The scopes of DPO training: its subcommand and its config classes. */
export const DPO = ['dpo', 'DPOConfig'];
/** The scopes of KTO training: its subcommand and its config classes. */
export const KTO = ['kto', 'KTOConfig'];
/** The scopes of RLOO training: its subcommand and its config classes. */
export const RLOO = ['rloo', 'RLOOConfig'];
/** The scopes of GRPO training: its subcommand and its config classes. */
export const GRPO = ['grpo', 'GRPOConfig', 'GRPOWithReplayBufferConfig'];
/** The scopes of REWARD training: its subcommand and its config classes. */
export const REWARD = ['reward', 'RewardConfig'];

/** A check of TRL. A call with `**something` unread in it is not judged: anything may be set. */
export function rejects(id: string, place: Place, check: Check): Constraint {
  return {
    id: `trl-${id}`,
    ...(place.rule === undefined ? {} : { rule: place.rule }),
    ...(place.severity === undefined ? {} : { severity: place.severity }),
    cite: { label: `TRL trl/${place.where}` },
    check(input) {
      const args = input.recognized.sections.at(-1);
      if (args === undefined || (args.unit.kind === 'call' && args.unit.open)) return undefined;
      if (place.by !== undefined && !place.by.includes(args.scope.id)) return undefined;
      return olderThan(input.context, 'trl', place.since) ? undefined : check(input);
    },
  };
}

/** Two options that exclude each other; either can go. */
export function exclusive(a: string, b: string, message: Phrase): Violation {
  return { at: a, with: [b], message, fixes: [removeOption(a), removeOption(b)] };
}

/** Whether the file is a Python program rather than options for TRL's own command. */
export function inPython({ recognized }: ConstraintInput): boolean {
  return recognized.sections.at(-1)?.unit.kind === 'call';
}

/** Whether a YAML file stands alone, which a script of one's own may read. */
export function standsAlone({ recognized }: ConstraintInput): boolean {
  return !recognized.sections.some(({ unit }) => unit.kind !== 'mapping');
}

/** Whether an adapter is known to train. */
export function adapts({ draft }: ConstraintInput): boolean {
  const method = draft.method === undefined ? undefined : known(draft.method);
  return method === 'lora' || method === 'dora';
}

/** How many values a written option holds; `undefined` when it is not written or cannot be read. */
export function countOf(o: Options, key: string): number | undefined {
  const node = o.node(key);
  if (node?.kind === 'list')
    return node.items.every((item) => item.kind === 'scalar') ? node.items.length : undefined;
  return node?.kind === 'scalar' && node.value !== null ? 1 : undefined;
}

/** The texts of a list option as written, else `usual`; `undefined` when they cannot be read. */
export function textsOf(
  o: Options,
  key: string,
  usual: readonly string[],
): readonly string[] | undefined {
  return o.has(key) ? known(o.texts(key)) : usual;
}
