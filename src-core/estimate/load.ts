import { isClassifier, savedModules } from './adapters.ts';
import type { Leaf } from './autograd.ts';
import { Loader, type Model } from './net.ts';
import type { Owned } from './optimizer-step.ts';
import { type ModelShape, shapeOf } from './params.ts';
import type { LayerPlan } from './plan.ts';
import type { EstimateSpec } from './spec.ts';
import type { Tape } from './tape.ts';

/** A model in memory: its shape, its parameters, and what owns each parameter. */
export interface Loaded {
  readonly shape: ModelShape;
  readonly model: Model;
  readonly owned: readonly Owned[];
}

/** Loads the parameters in the order of the model's modules. */
export function loadModel(t: Tape, spec: EstimateSpec, plan: LayerPlan): Loaded {
  t.mark('load', 0);
  const shape = shapeOf(spec.arch);
  const loader = new Loader(t, spec, shape, false);
  const owned: Owned[] = [];
  const trains = spec.adapter === null && spec.method !== 'freeze';
  const ends = trains || spec.freezeTrainsHead === true;
  const own = (layer: number, embedding: boolean): void => {
    for (const leaf of loader.params.splice(0)) owned.push({ leaf, layer, embedding });
  };
  const saves = savedModules(spec);
  let embedding = loader.leaf(shape.embedding, trains, true);
  const positions: Leaf | null =
    shape.positionTable > 0 ? loader.leaf(shape.positionTable, trains, true) : null;
  own(-1, true);
  const perLayer = loader.perLayer(trains);
  own(-1, false);
  loader.tower(shape.tower);
  const layers = plan.kinds.map((kind, i) => {
    const unit = plan.unit[i] ?? 0;
    if (plan.unit[i - 1] !== unit) t.mark('load', 0, unit);
    const weights = loader.layer(kind);
    own(unit, false);
    return weights;
  });
  t.mark('load', 0);
  const finalNorm = shape.finalNorm.map((n) => loader.leaf(n, ends, false));
  let head = loadHead(loader, spec, shape, ends) ?? embedding;
  if (shape.headBias > 0) loader.leaf(shape.headBias, ends, false);
  own(-1, false);
  // PEFT keeps the original beside the copy that trains, and unties the two.
  if (saves.embedding) embedding = loader.copy(embedding);
  own(-1, true);
  if (saves.head) head = loader.copy(head);
  const score = spec.valueHead === true ? loader.leaf(spec.arch.hiddenSize, true, false) : null;
  if (head === embedding) embedding.uses = 2;
  own(-1, false);
  return {
    shape,
    model: {
      layers,
      embedding,
      positions,
      perLayer,
      finalNorm,
      head,
      tied: head === embedding,
      score,
    },
    owned,
  };
}

/** The head; null when it is the embedding. Reward models have one row instead of a vocabulary. */
function loadHead(
  loader: Loader,
  spec: EstimateSpec,
  shape: ModelShape,
  trains: boolean,
): Leaf | null {
  if (isClassifier(spec)) return loader.leaf(spec.arch.hiddenSize, trains, true);
  if (shape.head === 0) return null;
  return loader.leaf(shape.head, trains, true, spec.wholeHead ? 0 : spec.arch.hiddenSize);
}

/** Loads a frozen copy of the model beside it. */
export function loadReference(t: Tape, spec: EstimateSpec, plan: LayerPlan): void {
  const shape = shapeOf(spec.arch);
  const loader = new Loader(t, spec, shape, true);
  loader.leaf(shape.embedding, false, true);
  loader.perLayer(false);
  loader.tower(shape.tower);
  plan.kinds.forEach((kind, i) => {
    const unit = plan.unit[i] ?? 0;
    if (plan.unit[i - 1] !== unit) t.mark('load', 0, unit);
    loader.layer(kind);
  });
  t.mark('load', 0);
  if (shape.head > 0) loader.leaf(shape.head, false, true);
}
