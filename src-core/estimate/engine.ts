import type { EstimateSpec } from './spec.ts';

/**
 * The run as DeepSpeed and FSDP carry out 16-bit mixed precision: they compute in 16-bit weights, without
 * autocast, and step fp32 copies. DeepSpeed casts the model (engine.py `_configure_distributed_model`);
 * accelerate 1.15 gives FSDP fp32 parameters that are gathered in 16 bit (`fsdp2_prepare_model`, and
 * the mixed precision of version 1). Other runs come back as they are.
 */
export function carriedOut(spec: EstimateSpec): EstimateSpec {
  if (!stepsCopies(spec)) return spec.parallel.engine === 'deepspeed' ? stepped(spec) : spec;
  const { adapter } = spec;
  const half = spec.mixedPrecision === 'fp16' ? 'float16' : 'bfloat16';
  return {
    ...spec,
    loadDtype: half,
    trainableDtype: half,
    mixedPrecision: 'none',
    masterWeights: true,
    adapter: adapter && { ...adapter, dtype: half },
  };
}

/** ZeRO steps in fp32 whatever the weights are in. */
function stepped(spec: EstimateSpec): EstimateSpec {
  const copies = spec.parallel.zeroStage > 0 && spec.loadDtype !== 'float32';
  return copies && spec.quantization === null ? { ...spec, masterWeights: true } : spec;
}

/** Whether the engine steps fp32 copies of 16-bit weights. Quantized weights are left as they are. */
export function stepsCopies({ parallel, mixedPrecision, quantization }: EstimateSpec): boolean {
  const { engine } = parallel;
  const half = mixedPrecision === 'bf16' || mixedPrecision === 'fp16';
  return half && quantization === null && (engine === 'deepspeed' || isFsdp(engine));
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
  if (!isFsdp(spec.parallel.engine) || !stepsCopies(spec)) return 1;
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
