import type { ArchSpec } from '../facts/model.ts';
import { known } from '../run/sourced.ts';
import type { TrainingRun } from '../run/training-run.ts';
import { layerParams, shapeOf, totalParams } from './params.ts';
import type { EstimateSpec } from './spec.ts';

/** Which of the model's own weights train. */
export type TrainingPart = Pick<
  EstimateSpec,
  'method' | 'freezeTrainableLayers' | 'freezeTrainsHead'
>;

/** The part of `run`'s weights that trains; undefined when that is not known. */
export function trainingPart(run: TrainingRun, arch: ArchSpec): TrainingPart | undefined {
  const share = known(run.frozenShare);
  if (share === undefined || share >= 1) return undefined;
  if (share > 0) return arch.vision === undefined ? behind(arch, share) : undefined;
  const layers = known(run.freezeTrainableLayers);
  return layers === undefined ? undefined : { method: 'freeze', freezeTrainableLayers: layers };
}

/**
 * What is left when the first `share` of the weights is frozen, tensor by tensor in the order of the
 * modules: an embedding that is larger than that trains. A layer that trains in part is left out.
 */
function behind(arch: ArchSpec, share: number): TrainingPart {
  const shape = shapeOf(arch);
  const frozen = Math.floor(totalParams(shape) * share);
  if (frozen < shape.embedding) return { method: 'full', freezeTrainableLayers: arch.layers };
  let start = shape.embedding + shape.positionTable;
  let layers = 0;
  for (let l = 0; l < arch.layers; l++) {
    if (start >= frozen) layers++;
    start += layerParams(shape, l);
  }
  return { method: 'freeze', freezeTrainableLayers: layers, freezeTrainsHead: true };
}
