import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { derived, known } from '../../run/sourced.ts';
import type { Stage } from '../../run/training-run.ts';
import { isOn } from '../constraint.ts';
import type { Recognized } from '../framework.ts';
import { loadsModel } from '../python/calls.ts';
import { makersOf } from '../python/follow.ts';
import { argumentOf, givenTo } from '../python/given.ts';
import { type TrainerFacts, trainsWeights } from '../transformers/facts.ts';

/**
 * Whether a frozen copy is on the card: the one that a trainer is given, beside an adapter too, else that which full
 * training loads, unless the log probabilities are computed ahead (dpo_trainer.py and kto_trainer.py, `__init__`).
 */
export function referenceModel(
  o: Options,
  stage: Stage,
  { method }: TrainerFacts,
  recognized: Recognized,
): RunDraft {
  const compares = stage === 'dpo' || stage === 'kto';
  if (compares && isGiven(recognized))
    return { referenceModel: derived<boolean>(true, 'the trainer is given a reference', method) };
  const ahead = o.bool('precompute_ref_log_probs');
  const loads = compares ? !isOn(o, 'precompute_ref_log_probs') : samples(o, stage);
  return {
    referenceModel: derived<boolean>(
      trainsWeights(method) && loads,
      'full training compares with a frozen copy',
      method,
      ...(compares ? [ahead] : []),
    ),
  };
}

function samples(o: Options, stage: Stage): boolean {
  return stage === 'grpo' && (known(o.float('beta')) ?? 0) > 0;
}

/** Whether a model that is loaded in any case is handed over as `ref_model`. */
function isGiven(recognized: Recognized): boolean {
  const given = givenTo(recognized);
  const entry = given && argumentOf(given.trainer, 'ref_model');
  if (given === undefined || entry === undefined) return false;
  const makers = makersOf(entry.value, given.trainer, given.document, loadsModel);
  return makers.length > 0 && makers.every(({ block }) => block === undefined);
}
