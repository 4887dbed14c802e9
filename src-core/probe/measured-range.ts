import {
  type ActivationMaximum,
  activationFamily,
  familyMaxima,
  maximumOf,
  type Site,
} from '../facts/activations/activations.ts';
import { type Message, say } from '../text/message.ts';
import type { MeasuredRange } from './result.ts';

const siteWords: Readonly<Record<Site, Message>> = {
  embedding: say`token embedding`,
  attn: say`attention output`,
  gate: say`gate projection`,
  router: say`router`,
  routerLogits: say`router logits`,
  mlp: say`MLP output`,
  residual: say`residual stream`,
  finalNorm: say`final norm`,
};

function whereOf(fact: ActivationMaximum): Message {
  const where = siteWords[fact.where];
  return fact.layer === undefined ? where : say`${where} of layer ${fact.layer}`;
}

function asRange(fact: ActivationMaximum, basis: 'measured' | 'family'): MeasuredRange {
  const { model, value, measuredIn, source } = fact;
  const layer = fact.layer === undefined ? {} : { layer: fact.layer };
  return {
    model,
    basis,
    value,
    site: fact.where,
    where: whereOf(fact),
    ...layer,
    measuredIn,
    source,
  };
}

/**
 * The largest published magnitude of this model, or of its largest-valued sibling, with where it
 * was seen and who measured it. `undefined` when nothing is published. A table look-up: no emulation.
 */
export function measuredRange(modelId: string): MeasuredRange | undefined {
  const own = maximumOf(modelId);
  if (own !== undefined) return asRange(own, 'measured');
  const family = activationFamily(modelId);
  const sibling = family === undefined ? undefined : familyMaxima(family)[0];
  return sibling && asRange(sibling, 'family');
}
