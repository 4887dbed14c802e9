import {
  type ActivationMaximum,
  activationFamily,
  familyMaxima,
  maximumOf,
  type Site,
} from '../facts/activations/activations.ts';
import type { MeasuredRange } from './result.ts';

const siteWords: Readonly<Record<Site, string>> = {
  embedding: 'the token embedding',
  attn: 'the attention output',
  gate: 'the gate projection',
  router: 'the router',
  routerLogits: 'the router logits',
  mlp: 'the MLP output',
  residual: 'the residual stream',
  finalNorm: 'the final norm',
};

function whereOf(fact: ActivationMaximum): string {
  const at = fact.layer === undefined ? '' : ` of layer ${fact.layer}`;
  return siteWords[fact.where] + at;
}

function asRange(fact: ActivationMaximum, basis: 'measured' | 'family'): MeasuredRange {
  const { model, value, measuredIn, source } = fact;
  const layer = fact.layer === undefined ? {} : { layer: fact.layer };
  return { model, basis, value, where: whereOf(fact), ...layer, measuredIn, source };
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
