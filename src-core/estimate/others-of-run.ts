import { known, knownOr } from '../run/sourced.ts';
import type { OtherModel, TrainingRun } from '../run/training-run.ts';
import { shapeOf, totalParams } from './params.ts';
import type { EstimateSpec } from './spec.ts';
import { byteSize } from './terms/optimizers.ts';

/** Weights of frozen models, in the dtype and with the quantisation of the one that trains. */
export function othersOf(run: TrainingRun): Pick<EstimateSpec, 'others'> {
  const all = (known(run.others) ?? []).reduce((sum, other) => sum + elementsOf(other), 0);
  return all === 0 ? {} : { others: all * width(run) };
}

function elementsOf({ model, scores }: OtherModel): number {
  const arch = model.record?.arch;
  if (arch === undefined) return 0;
  const shape = shapeOf(arch);
  return totalParams(shape) - (scores ? shape.head : 0);
}

function width({ quantization, loadDtype }: TrainingRun): number {
  const packed = known(quantization);
  if (packed === undefined) return 0.5;
  return packed === null ? byteSize(knownOr(loadDtype, 'bfloat16')) : packed.bits / 8;
}
