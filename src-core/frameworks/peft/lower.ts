import type { Options } from '../../run/options.ts';
import { byDefault, UNKNOWN } from '../../run/sourced.ts';
import type { Method } from '../../run/training-run.ts';
import { lazy } from '../../text/lazy.ts';
import { checkConstraints } from '../constraint.ts';
import type { AdapterContext, Lowered, Recognized } from '../framework.ts';
import { pythonFacts } from '../transformers/facts.ts';
import { trainerDraft } from '../transformers/lower.ts';
import { isPeftConfig } from '../transformers/scopes.ts';
import { bnbConstraints } from './bitsandbytes.ts';
import { peftConstraints } from './constraints.ts';
import { peftCall } from './facts.ts';
import { kbitConstraints } from './kbit.ts';

const constraints = lazy(() => [
  ...peftConstraints(peftCall),
  ...bnbConstraints(),
  ...kbitConstraints(),
]);

/** A model with its adapter and quantisation; how it is trained is the program's own business. */
export function lowerPeft(o: Options, recognized: Recognized, context: AdapterContext): Lowered {
  const facts = pythonFacts(o, recognized, context);
  const adapts = recognized.sections.some(({ scope }) => isPeftConfig(scope.id));
  const method = adapts ? facts.method : byDefault<Method>(UNKNOWN, 'the program decides');
  const draft = {
    ...trainerDraft(o, { ...facts, method }, {}),
    optimizer: byDefault<string>(UNKNOWN, 'the program decides'),
    'parallel.worldSize': context.gpus ?? byDefault<number>(UNKNOWN, 'the program decides'),
  };
  return {
    draft,
    problems: checkConstraints(constraints(), { options: o, draft, recognized, context }),
  };
}
