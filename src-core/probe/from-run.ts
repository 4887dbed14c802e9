import { known, knownOr } from '../run/sourced.ts';
import type { Attention, TrainingRun } from '../run/training-run.ts';
import type { AttentionPath, DtypeSpec, ProbeSpec } from './spec.ts';

/** The rounding points of an attention implementation. Unknown ones are taken as fused. */
export function attentionPath(attention: Attention | undefined): AttentionPath {
  if (attention === 'eager') return 'eager';
  return attention?.startsWith('flash') ? 'flash' : 'sdpa';
}

/**
 * The probe's view of a run, or `undefined` when the run does not say which model or which
 * compute dtype. What else is unknown takes torch's and transformers' usual value.
 */
export function dtypeSpecFromRun(run: TrainingRun): DtypeSpec | undefined {
  const model = known(run.model);
  const computeDtype = known(run.computeDtype);
  if (model === undefined || computeDtype === undefined) return undefined;
  const { record } = model;
  return {
    model: record?.id ?? model.text,
    ...(record?.arch && { arch: record.arch }),
    ...(record?.dtype && { publishedDtype: record.dtype }),
    computeDtype,
    loadDtype: knownOr(run.loadDtype, computeDtype),
    trainableDtype: knownOr(run.trainableDtype, 'float32'),
    ...(known(run.quantization)?.kbitPrepare && { residualDtype: 'float32' as const }),
    mixedPrecision: knownOr(run.mixedPrecision, 'none'),
    attention: attentionPath(known(run.attention)),
    lossScaling: knownOr(run.lossScaling, 'none'),
    masterWeights: knownOr(run.masterWeights, false),
    optimizerDtype: knownOr(run.optimizerDtype, 'float32'),
    stage: knownOr(run.stage, 'sft'),
  };
}

/** The same with what the emulated step needs beside. */
export function probeSpecFromRun(run: TrainingRun): ProbeSpec | undefined {
  const spec = dtypeSpecFromRun(run);
  return spec && { ...spec, maxLength: knownOr(run.maxLength, 0) };
}
