import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { Method } from '../../run/training-run.ts';
import { isSet } from '../constraint.ts';

/** Options that freeze weights by name. */
const NAMED = ['freeze_parameters', 'freeze_parameters_regex'];

/** Options that let weights train that others freeze. */
const BACK = ['trainable_parameters', 'trainable_parameters_regex'];

/**
 * What full training leaves out: a share of the weights (utils/transformers_utils.py,
 * freeze_parameters), the language model or what is named (arguments/tuner_args.py), all layers but
 * some drawn ones (callbacks/lisa.py). Only the share tells how much is left.
 */
export function partFields(o: Options, tuner: Sourced<Method>): RunDraft {
  if (known(tuner) !== 'full') return { method: tuner };
  const by = namesWeights(o);
  if (by !== undefined)
    return {
      method: derived<Method>('freeze', 'a part of the weights is frozen', by, tuner),
      freezeTrainableLayers: derived<number>(UNKNOWN, 'the names decide', by),
    };
  const share = o.float('freeze_parameters_ratio');
  if (!o.has('freeze_parameters_ratio') || (known(share) ?? 1) <= 0) return { method: tuner };
  const again = BACK.find((key) => isSet(o, key));
  return {
    method: derived<Method>('freeze', 'the first weights are frozen', share, tuner),
    frozenShare:
      again === undefined
        ? share
        : derived<number>(UNKNOWN, `${again} lets some train`, share, o.get(again)),
  };
}

function namesWeights(o: Options): Sourced<unknown> | undefined {
  const named = NAMED.find((key) => isSet(o, key) && known(o.texts(key))?.length !== 0);
  if (named !== undefined) return o.get(named);
  if (o.has('freeze_llm') && o.bool('freeze_llm').value !== false) return o.get('freeze_llm');
  const layers = o.int('lisa_activated_layers');
  return o.has('lisa_activated_layers') && layers.value !== 0 ? layers : undefined;
}
