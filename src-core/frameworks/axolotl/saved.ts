import type { DType } from '../../facts/dtypes.ts';
import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { known, type Sourced } from '../../run/sourced.ts';
import type { Method, ModelRef, Stage } from '../../run/training-run.ts';
import { savedAsLoaded, sureModules } from '../peft/dtypes.ts';

interface Facts {
  readonly model: Sourced<ModelRef>;
  readonly method: Sourced<Method>;
  readonly stage: Sourced<Stage>;
  readonly loadDtype: Sourced<DType> | undefined;
}

/** Embeddings and heads that axolotl casts to `torch_dtype` before the adapter (loaders/utils.py). */
const CAST = ['embed_tokens', 'embed_in', 'embed_out', 'word_embeddings', 'lm_head'];

/** The dtype of `lora_modules_to_save`, of quantised models as well (loaders/model.py). */
export function savedField(o: Options, { model, method, stage, loadDtype }: Facts): RunDraft {
  const key = 'config.lora_modules_to_save';
  const adapts = known(method) === 'lora' || known(method) === 'dora';
  if (!adapts || loadDtype === undefined) return {};
  if (o.bool('config.embeddings_skip_upcast').value === true) return {};
  const loader = known(stage) === 'reward' ? 'ForSequenceClassification' : 'ForCausalLM';
  const sure = sureModules(loader, model).filter((name) => CAST.includes(name));
  const saved = o.texts(key);
  if (o.node(key)?.kind !== 'list' || !known(saved)?.some((name) => sure.includes(name))) return {};
  return { savedDtype: savedAsLoaded(saved, loadDtype) };
}
