import { linearsOf, type ModelShape } from '../params.ts';
import type { EstimateSpec } from '../spec.ts';
import { projected } from './low-rank.ts';
import type { OptimizerFacts } from './optimizers.ts';
import type { Widths } from './saved.ts';

/** Layers of the model's own that train: how many, counted from the end. */
export function trainingLayers(spec: EstimateSpec): number {
  if (spec.adapter !== null) return 0;
  const { layers } = spec.arch;
  return spec.method === 'freeze' ? Math.min(spec.freezeTrainableLayers, layers) : layers;
}

/** Whether the token embedding trains with the model. */
export const trainsEmbedding = (spec: EstimateSpec): boolean =>
  spec.adapter === null && spec.method !== 'freeze';

interface Trained {
  readonly adapter: number;
  readonly base: number;
}

/** Bytes that the optimizer keeps. */
export function stateBytes(
  spec: EstimateSpec,
  shape: ModelShape,
  facts: OptimizerFacts,
  w: Widths,
  trained: Trained,
): number {
  if (facts.lowRank !== undefined && spec.adapter === null)
    return lowRankStates(spec, shape, facts, w, trained.base);
  const n = trained.adapter + trained.base;
  const scales = 4 / 256;
  const { states } = facts;
  const wide = trainsEmbedding(spec) ? shape.embedding + shape.positionTable : 0;
  if (facts.place !== 'device') return facts.kind === 'bnb8' ? states * scales * (n - wide) : 0;
  if (facts.kind === 'own') return states * (trained.adapter * w.adapter + trained.base * w.wide);
  if (facts.kind === 'fp32' || facts.kind === 'bnb32') return states * 4 * n;
  if (facts.kind === 'bnb8') return states * ((1 + scales) * (n - wide) + 4 * wide);
  if (facts.kind === 'torchao8') return states * (1 + scales) * n;
  if (facts.kind === 'torchao4') return states * (0.5 + 4 / 128) * n;
  return 0;
}

/** States of linear layers in their low rank, and of everything else in full. */
function lowRankStates(
  spec: EstimateSpec,
  shape: ModelShape,
  facts: OptimizerFacts,
  w: Widths,
  trained: number,
): number {
  const { layers } = spec.arch;
  const factored = facts.kind === 'factored';
  const each = facts.kind === 'bnb8' ? 1 + 4 / 256 : facts.kind === 'own' ? w.wide : 4;
  let bytes = 0;
  let rest = trained;
  const count = (n: number, cols: number): void => {
    const { projector, small, rank } = projected(facts, n, cols, w.wide);
    const states = factored ? 4 * (rank + small / rank) : facts.states * each * small;
    bytes += projector + states;
    rest -= n;
  };
  for (let l = layers - trainingLayers(spec); l < layers; l++)
    for (const { inFeatures, outFeatures } of linearsOf(shape, l))
      count(inFeatures * outFeatures, inFeatures);
  const head = trainsEmbedding(spec) || spec.freezeTrainsHead === true ? shape.head : 0;
  if (head > 0 && !spec.wholeHead) count(head, spec.arch.hiddenSize);
  return bytes + (factored ? 0 : facts.states * each * rest);
}

/** Gradients and temporaries of the optimizer's step; one by one, each gradient is gone with its temporaries. */
export function stepBytes(
  spec: EstimateSpec,
  shape: ModelShape,
  facts: OptimizerFacts,
  w: Widths,
  gradients: number,
): number {
  const largest = Math.max(
    trainsEmbedding(spec) ? shape.embedding : 0,
    ...[...shape.attention, ...shape.mlp].map((l) =>
      spec.adapter === null ? l.inFeatures * l.outFeatures : l.inFeatures * spec.adapter.rank,
    ),
  );
  const width = spec.adapter === null ? w.wide : w.adapter;
  const copies = facts.tensorCopies === 0 ? 0 : facts.tensorCopies - (width === 4 ? 2 : 0);
  const group = facts.layerwise ? largest * width : gradients;
  const factors = facts.lowRank === 'svd' && facts.ownCopies && spec.adapter === null;
  const factored = factors ? factoring(spec, shape, width) : 0;
  const own = Math.max((facts.ownCopies ?? 0) * largest * width, factored);
  return (facts.layerwise ? 0 : gradients) + facts.groupCopies * group + copies * largest * 4 + own;
}

/** GaLore's first step factors the fp32 gradient of one linear layer after the other. */
function factoring(spec: EstimateSpec, shape: ModelShape, width: number): number {
  const of = (n: number, cols: number): number =>
    n * (width < 4 ? 12 : 8) + 4 * Math.min(n / cols, cols) ** 2;
  const layers = [...shape.attention, ...shape.mlp];
  const head = spec.wholeHead ? 0 : of(shape.head, spec.arch.hiddenSize);
  return Math.max(head, ...layers.map((l) => of(l.inFeatures * l.outFeatures, l.inFeatures)));
}
