import { known } from '../../run/sourced.ts';
import { type Phrase, say } from '../../text/message.ts';
import {
  type Constraint,
  type ConstraintInput,
  numberOf,
  setOption,
  type Violation,
} from '../constraint.ts';

/** A check that a script makes before it trains; `ray`: only PPO under Ray makes it. */
export function checks(
  id: string,
  at: string,
  ray: boolean | undefined,
  check: (input: ConstraintInput) => Violation | undefined,
): Constraint {
  return {
    id,
    cite: { label: `OpenRLHF openrlhf/${at}` },
    check: (input) => {
      if (!scriptOf(input).startsWith('train_')) return undefined;
      if (ray !== undefined && ray !== isRay(input)) return undefined;
      return check(input);
    },
  };
}

function scriptOf({ recognized }: ConstraintInput): string {
  return recognized.sections[0]?.scope.id ?? '';
}

/** Whether it is PPO under Ray. */
export function isRay(input: ConstraintInput): boolean {
  return scriptOf(input) === 'train_ppo_ray';
}

/** Processes that train the actor; DeepSpeed's launcher or Ray starts them. */
export function processes(input: ConstraintInput): number | undefined {
  const { options: o, draft } = input;
  if (isRay(input)) return product(o, 'actor.num_nodes', 'actor.num_gpus_per_node');
  const world = draft['parallel.worldSize'];
  return world && known(world);
}

/** Two numbers multiplied, where both are known. */
export function product(o: ConstraintInput['options'], a: string, b: string): number | undefined {
  const [x, y] = [numberOf(o, a), numberOf(o, b)];
  return x === undefined || y === undefined ? undefined : x * y;
}

/** Two models that share GPUs and ask for different ones. */
export function differing(
  o: ConstraintInput['options'],
  a: string,
  b: string,
): Violation | undefined {
  for (const key of ['num_nodes', 'num_gpus_per_node']) {
    const [first, second] = [`${a}.${key}`, `${b}.${key}`];
    const [x, y] = [numberOf(o, first), numberOf(o, second)];
    if (x === undefined || y === undefined || x === y) continue;
    const message: Phrase = say`\`${first}\` (${x}) and \`${second}\` (${y}) must be the same where the two share GPUs`;
    const at = o.has(second) ? second : first;
    return { at, with: [first], message, fixes: [setOption(second, x)] };
  }
  return undefined;
}
