import type { Options } from '../../run/options.ts';
import type { RunDraft } from '../../run/run-fields.ts';
import { derived, known } from '../../run/sourced.ts';
import type { Modelled, OtherModel } from '../../run/training-run.ts';
import type { AdapterContext } from '../framework.ts';

/** The frozen models that `key` names, one or several, each `copies` times; those of unknown size are not counted. */
export function namedModels(
  o: Options,
  key: string,
  context: AdapterContext,
  { scores, copies = 1 }: { readonly scores: boolean; readonly copies?: number },
): RunDraft {
  if (!o.has(key) || o.isNull(key)) return {};
  const texts = o.texts(key);
  const models = (known(texts) ?? []).map((name) => context.model(name));
  const part = derived<Modelled>('part', 'other models share the cards', texts);
  const unknown = models.length === 0 || models.some(({ record }) => record?.arch === undefined);
  const others = models.flatMap((model) => new Array<OtherModel>(copies).fill({ model, scores }));
  return {
    others: derived<readonly OtherModel[]>(others, key, texts),
    ...(unknown && { modelled: part }),
  };
}
