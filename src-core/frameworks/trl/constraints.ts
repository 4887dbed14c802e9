import type { Constraint } from '../constraint.ts';

/** The checks of TRL's config classes and trainers. */
export const trlConstraints: readonly Constraint[] = [];
