import { known, type Origin, type Sourced, UNKNOWN } from '../../src-core/run/sourced.ts';
import type { TrainingRun } from '../../src-core/run/training-run.ts';
import { runLine } from './run-line.ts';

/** A value of the run, as JSON: `null` with `known: false` when the text does not let us know it. */
export interface SummaryValue {
  readonly value: unknown;
  readonly known: boolean;
  readonly from: Origin['kind'];
}

/** The training run, as JSON; `docs/json-output.md` documents it. */
export interface RunSummary {
  readonly version: 1;
  readonly framework: string;
  /** The run in one line, for people. */
  readonly title: string;
  readonly fields: Readonly<Record<string, SummaryValue>>;
}

/** Sums a run up. */
export function runSummary(run: TrainingRun): RunSummary {
  const fields = Object.entries(fieldsOf(run)).map(([name, value]) => [name, summed(value)]);
  return {
    version: 1,
    framework: run.framework,
    title: runLine(run),
    fields: Object.fromEntries(fields),
  };
}

function summed({ value, origin }: Sourced<unknown>): SummaryValue {
  const isKnown = value !== UNKNOWN;
  return { value: isKnown ? (value ?? null) : null, known: isKnown, from: origin.kind };
}

function fieldsOf(run: TrainingRun): Readonly<Record<string, Sourced<unknown>>> {
  const { lora, parallel } = run;
  return {
    frameworkVersion: run.frameworkVersion,
    model: mapped(run.model, ({ text, record }) => ({
      text,
      id: record?.id ?? null,
      params: record?.params ?? null,
      dtype: record?.dtype ?? null,
    })),
    stage: run.stage,
    method: run.method,
    quantization: run.quantization,
    loraRank: lora.rank,
    loraAlpha: lora.alpha,
    loraTargets: lora.targets,
    precision: run.precision,
    loadDtype: run.loadDtype,
    mixedPrecision: run.mixedPrecision,
    trainableDtype: run.trainableDtype,
    computeDtype: run.computeDtype,
    masterWeights: run.masterWeights,
    optimizerDtype: run.optimizerDtype,
    lossScaling: run.lossScaling,
    optimizer: run.optimizer,
    learningRate: run.learningRate,
    microBatch: run.microBatch,
    gradientAccumulation: run.gradientAccumulation,
    maxLength: run.maxLength,
    packing: run.packing,
    gradientCheckpointing: run.gradientCheckpointing,
    activationOffload: run.activationOffload,
    attention: run.attention,
    lossKernel: run.lossKernel,
    referenceModel: run.referenceModel,
    worldSize: parallel.worldSize,
    engine: parallel.engine,
    zeroStage: parallel.zeroStage,
    tensorParallel: parallel.tensorParallel,
    pipelineParallel: parallel.pipelineParallel,
    sequenceParallel: parallel.sequenceParallel,
    gpu: mapped(run.gpu, (gpu) => gpu?.name ?? null),
  };
}

function mapped<T>(source: Sourced<T>, change: (value: T) => unknown): Sourced<unknown> {
  const value = known(source);
  return value === undefined ? source : { value: change(value), origin: source.origin };
}
