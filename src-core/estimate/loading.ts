import { dataRanks, embeddingOf, isFsdp } from './engine.ts';
import { layerBytes, modelBytes, wholeBytes } from './packed.ts';
import type { Estimate } from './result.ts';
import type { EstimateSpec } from './spec.ts';
import { byteSize } from './terms/optimizers.ts';

/**
 * Bytes on a card at most while FSDP or ZeRO-3 divides the model; 0 where it comes from the host in small
 * pieces. A quantised model is on each card as a whole first (transformers 5.17 quantizer_bnb_4bit.py,
 * `update_device_map`). accelerate holds it until all of it is divided for FSDP 2 (`original_sd` of
 * `fsdp2_prepare_model`); version 1 flattens unit by unit, last the root with embedding and head.
 */
export function loadingBytes(spec: EstimateSpec, { totalParams }: Estimate): number {
  const { engine, offloadParams, zeroStage } = spec.parallel;
  const ranks = dataRanks(spec);
  const packed = spec.quantization?.method === 'bnb';
  const width = packed ? 2 : byteSize(spec.loadDtype);
  const model = (modelBytes(spec, totalParams) * width) / 2;
  const { one, all } = embeddingOf(spec);
  const kept = wholeBytes(spec);
  if (engine === 'deepspeed')
    return packed && zeroStage === 3 ? model + kept + (2 * one) / ranks : 0;
  if (!isFsdp(engine) || ranks <= 1) return 0;
  if (engine === 'fsdp2') return packed ? model * (1 + 1 / ranks) + kept : 0;
  const root = all * width;
  const others = offloadParams ? 0 : (model - root) / ranks;
  const flattens = others + (2 + 1 / ranks) * root + kept;
  const layer = (1 + 1 / ranks) * layerBytes(spec, totalParams);
  return packed ? Math.max(flattens, model + kept + layer) : flattens;
}
