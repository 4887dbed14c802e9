import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { derived, known, type Sourced, UNKNOWN } from '../../run/sourced.ts';
import type { Method } from '../../run/training-run.ts';
import { isSet } from '../constraint.ts';
import { isAll, namesOf } from './facts.ts';

/**
 * Which of the model's own weights train (model/adapter.py): the last layers, where `freeze` says no
 * more than their number. Names of modules, the first layers, expanded blocks, and what is left of a
 * model whose language model is frozen (model_utils/visual.py, get_forbidden_modules) are not counted.
 */
export function partFields(o: Options, type: Sourced<Method>): RunDraft {
  const llm = o.bool('freeze_language_model');
  const frozen = o.has('freeze_language_model') && llm.value !== false;
  const asked = known(type);
  if (asked !== 'freeze' && !(asked === 'full' && frozen)) return { method: type };
  const layers = o.int('freeze_trainable_layers');
  const others = frozen ? llm : otherParts(o);
  const plain = others === undefined && layers.value !== UNKNOWN && layers.value > 0;
  return {
    method: frozen ? derived<Method>('freeze', 'the language model is frozen', llm, type) : type,
    freezeTrainableLayers: plain
      ? layers
      : derived<number>(UNKNOWN, 'not the last layers alone', others ?? layers),
  };
}

function otherParts(o: Options): Sourced<unknown> | undefined {
  const modules = namesOf(o, 'freeze_trainable_modules');
  if (o.has('freeze_trainable_modules') && !isAll(modules)) return modules;
  if (o.has('use_llama_pro') && o.bool('use_llama_pro').value !== false)
    return o.get('use_llama_pro');
  return isSet(o, 'freeze_extra_modules') ? o.get('freeze_extra_modules') : undefined;
}
