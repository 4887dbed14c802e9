import type { KeyProblem } from '../run/problem.ts';
import { type ConstraintInput, checkConstraints } from './constraint.ts';
import { sdpaWithSinks } from './hf/attention-sinks.ts';
import { visibleCards } from './hf/visible-cards.ts';
import { importProblems } from './python/imports.ts';
import { keptLogits } from './python/kept-logits.ts';
import { padding } from './python/padding.ts';
import { untrained } from './python/untrained.ts';

/**
 * What stops a run whatever framework it is of: an import that is gone, a model that its attention is
 * not for, cards that it does not see, a trainer with nothing to train or to pad by, an
 * evaluation that keeps all it makes.
 */
export function anyRunProblems(input: ConstraintInput): readonly KeyProblem[] {
  return [
    ...importProblems(input.recognized, input.context),
    ...checkConstraints(
      [sdpaWithSinks, keptLogits, ...visibleCards(), ...untrained(), ...padding()],
      input,
    ),
  ];
}
