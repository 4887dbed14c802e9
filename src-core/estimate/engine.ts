import type { DType } from '../facts/dtypes.ts';
import type { EstimateSpec } from './spec.ts';

/**
 * The run as DeepSpeed and FSDP carry out 16-bit mixed precision: they compute in 16-bit weights, without
 * autocast, and step fp32 copies. DeepSpeed casts the model (engine.py `_configure_distributed_model`);
 * accelerate 1.15 gives FSDP fp32 parameters that are gathered in 16 bit (`fsdp2_prepare_model`, and
 * the mixed precision of version 1). Other runs come back as they are.
 */
export function carriedOut(spec: EstimateSpec): EstimateSpec {
  if (wrapsAdapters(spec)) return withWrappedAdapters(spec);
  if (!stepsCopies(spec)) return spec.parallel.engine === 'deepspeed' ? stepped(spec) : spec;
  const { adapter, quantization } = spec;
  const half = halfOf(spec);
  return {
    ...spec,
    loadDtype: half,
    trainableDtype: half,
    mixedPrecision: 'none',
    masterWeights: true,
    adapter: adapter && { ...adapter, dtype: half },
    quantization: quantization && { ...quantization, kbitPrepare: false },
  };
}

/**
 * FSDP 1 has each adapter in a unit of its own (PEFT's `fsdp_auto_wrap_policy`), in fp32 (accelerate's
 * `prepare_model`). Its weight is gathered in 16 bit inside the unit alone: PEFT, outside, casts the
 * input to fp32, and autocast back, a copy for each adapter.
 */
function withWrappedAdapters(spec: EstimateSpec): EstimateSpec {
  const { adapter, quantization } = spec;
  const half = halfOf(spec);
  const whole = quantization === null && { loadDtype: half, trainableDtype: half };
  return { ...spec, ...whole, adapter: adapter && { ...adapter, dtype: 'float32' } };
}

/** ZeRO steps in fp32 whatever the weights are in. */
function stepped(spec: EstimateSpec): EstimateSpec {
  const copies = spec.parallel.zeroStage > 0 && spec.loadDtype !== 'float32';
  return copies ? { ...spec, masterWeights: true } : spec;
}

/**
 * Whether the engine steps fp32 copies of 16-bit weights. FSDP leaves a quantised model as it is, and
 * adapters in units of their own are in fp32.
 */
export function stepsCopies(spec: EstimateSpec): boolean {
  const { engine } = spec.parallel;
  if (!isHalf(spec) || wrapsAdapters(spec)) return false;
  return engine === 'deepspeed' || (isFsdp(engine) && spec.quantization === null);
}

function isHalf({ mixedPrecision }: EstimateSpec): boolean {
  return mixedPrecision === 'bf16' || mixedPrecision === 'fp16';
}

function halfOf({ mixedPrecision }: EstimateSpec): DType {
  return mixedPrecision === 'fp16' ? 'float16' : 'bfloat16';
}

function wrapsAdapters(spec: EstimateSpec): boolean {
  return spec.parallel.engine === 'fsdp' && spec.adapter !== null && isHalf(spec);
}

/**
 * Whether DeepSpeed has 16-bit weights to train and neither `bf16` nor `fp16` in its config: it accumulates
 * and reduces gradients in fp32 then (engine.py `get_data_types`, `communication_data_type`).
 */
export function toldNoFormat(spec: EstimateSpec): boolean {
  const trained = spec.adapter?.dtype ?? spec.trainableDtype;
  const { engine, zeroStage } = spec.parallel;
  return engine === 'deepspeed' && zeroStage > 0 && !isHalf(spec) && trained !== 'float32';
}

/** Either version of FSDP. */
export function isFsdp(engine: EstimateSpec['parallel']['engine']): boolean {
  return engine === 'fsdp' || engine === 'fsdp2';
}

/** Processes among which ZeRO and FSDP divide. */
export function dataRanks({ parallel }: EstimateSpec): number {
  return Math.max(1, parallel.world / (parallel.tensor * parallel.pipeline));
}

/** Bytes of an element of the frozen weights, by those of one of what is computed in. */
export function frozenBytes(spec: EstimateSpec): number {
  if (!isFsdp(spec.parallel.engine) || !isHalf(spec) || spec.quantization !== null) return 1;
  return spec.loadDtype === 'float32' ? 2 : 1;
}

/** Elements of the largest parameters: the embedding, and the head where it is another. */
export function embeddingOf({ arch }: EstimateSpec): {
  readonly one: number;
  readonly all: number;
} {
  const one = arch.vocabSize * arch.hiddenSize;
  return { one, all: arch.tieWordEmbeddings ? one : 2 * one };
}

/** Elements of one decoder layer. */
export function layerOf(spec: EstimateSpec, totalParams: number): number {
  return Math.max(0, totalParams - embeddingOf(spec).all) / spec.arch.layers;
}

/**
 * Whether FSDP leaves packed weights out: version 2 does where they are stored in integers (accelerate 1.15
 * `fsdp2_prepare_model`); version 1 flattens no integers.
 */
export function leavesPacked({ parallel, quantization }: EstimateSpec): boolean {
  if (parallel.engine !== 'fsdp2' || quantization?.method !== 'bnb') return false;
  return !/float/.test(quantization.storageDtype ?? 'uint8');
}
