import { familyOf } from './family.ts';
import type { Widening } from './result.ts';
import type { EstimateSpec } from './spec.ts';
import { optimizerFacts } from './terms/optimizers.ts';

/** What lies outside the model for `spec`, and how far each widens the interval. */
export function widenings(spec: EstimateSpec): readonly Widening[] {
  const found: Widening[] = [];
  const widen = (by: number, why: string): void => {
    found.push({ why, by });
  };
  const { arch, parallel, quantization } = spec;
  if (!familyOf(arch).exact) {
    widen(0.08, `the layers of ${arch.modelType} are taken to be built like Llama's`);
  }
  if (arch.mla !== undefined)
    widen(0.4, 'multi-head latent attention is modelled roughly, on the high side');
  if (arch.vision !== undefined) {
    widen(0.1, 'image tokens and the activations of the vision tower are not counted');
  }
  if (arch.encoderLayers !== undefined)
    widen(0.15, 'the encoder is counted as more decoder layers');
  if (!optimizerFacts(spec.optimizer).exact) {
    widen(0.05, `the states of ${spec.optimizer} are modelled roughly`);
  }
  if (quantization !== null && (quantization.method !== 'bnb' || quantization.bits !== 4)) {
    widen(0.08, `${quantization.method} in ${quantization.bits} bit is modelled roughly`);
  }
  if (parallel.world > 1) widen(0.05, 'communication buffers depend on NCCL and the engine');
  if (parallel.tensor * parallel.pipeline * parallel.sequence * parallel.expert > 1) {
    widen(0.1, 'model parallel splits are modelled roughly');
  }
  if (spec.stage === 'ppo' || spec.stage === 'gkd') {
    widen(0.1, `${spec.stage} keeps more models than this estimate follows in detail`);
  }
  if (spec.batching === 'padded') widen(0.02, 'lengths inside a batch are not known');
  if (spec.attention === 'other' || spec.attention === 'flex_attention') {
    widen(0.03, 'the attention kernel was not measured');
  }
  return found;
}

/** What the estimate takes for granted, in sentences for the user. */
export function assumptionsOf(spec: EstimateSpec): readonly string[] {
  const list = ['transformers 5, torch 2.11, one process on the GPU, nothing else running there'];
  list.push(`the longest batch holds ${spec.microBatch} x ${spec.sequenceLength} tokens`);
  if (spec.attention === 'sdpa') {
    list.push("torch's SDPA takes its flash kernel when no mask is passed");
  }
  if (spec.rollout.generatesHere) list.push('completions are sampled in this process');
  return list;
}
