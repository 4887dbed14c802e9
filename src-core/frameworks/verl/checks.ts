import { type Constraint, type ConstraintInput, numberOf, type Violation } from '../constraint.ts';
import { olderThan } from '../since.ts';

/** Where the options of the trained policy stand. */
export const ACTOR = 'actor_rollout_ref.actor';

/** A check of `validate_config` or of what it calls; `since`: the first release that makes it. */
export function checks(
  id: string,
  file: string,
  since: string,
  check: (input: ConstraintInput) => Violation | undefined,
): Constraint {
  return {
    id,
    cite: { label: `verl ${file}` },
    check: (input) => {
      const isPpo = /^ppo_/.test(input.recognized.sections[0]?.scope.id ?? '');
      return !isPpo || olderThan(input.context, 'verl', since) ? undefined : check(input);
    },
  };
}

/** GPUs of the run, by its own options alone. */
export function gpus({ options }: ConstraintInput): number | undefined {
  const [nodes, each] = [
    numberOf(options, 'trainer.nnodes'),
    numberOf(options, 'trainer.n_gpus_per_node'),
  ];
  return nodes === undefined || each === undefined ? undefined : nodes * each;
}

/** Whether no data are named: an excerpt, which shows something else. */
export function isExcerpt({ options, recognized }: ConstraintInput): boolean {
  return !recognized.trains || !options.has('data.train_files');
}
