import { type Message, say } from '../text/message.ts';
import { spreadsLayers } from './device-map.ts';
import { familyOf } from './family.ts';
import type { Widening } from './result.ts';
import type { EstimateSpec } from './spec.ts';
import { optimizerFacts } from './terms/optimizers.ts';

/** Types that run through Unsloth's own model code, whose published maxima the estimate meets. */
const UNSLOTH_FAST: readonly string[] = ['llama', 'mistral', 'qwen2', 'qwen3'];

/** What lies outside the model for `spec`, and how far each widens the interval. */
export function widenings(spec: EstimateSpec): readonly Widening[] {
  const found: Widening[] = [];
  const widen = (by: number, why: Message): void => {
    found.push({ why, by });
  };
  const { arch, parallel, quantization } = spec;
  if (!familyOf(arch).exact) {
    widen(0.08, say`the layers of ${arch.modelType} are taken to be built like Llama's`);
  }
  if (arch.mla !== undefined)
    widen(0.05, say`multi-head latent attention was measured on three runs of one model`);
  if (arch.vision !== undefined) {
    widen(0.1, say`image tokens and the activations of the vision tower are not counted`);
  }
  if (arch.encoderLayers !== undefined)
    widen(0.15, say`the encoder is counted as more decoder layers`);
  if (!optimizerFacts(spec.optimizer).exact) {
    widen(0.05, say`the states of ${spec.optimizer} are modelled roughly`);
  }
  if (quantization !== null && (quantization.method !== 'bnb' || quantization.bits !== 4)) {
    widen(0.08, say`${quantization.method} in ${quantization.bits} bit is modelled roughly`);
  }
  if (parallel.world > 1) widen(0.05, say`communication buffers depend on NCCL and the engine`);
  const spreads = spreadsLayers(spec);
  if (spreads)
    widen(0.03, say`where \`device_map\` puts the layers is worked out as transformers 5 does it`);
  const layers = spreads ? 1 : parallel.pipeline;
  if (parallel.tensor * layers * parallel.sequence * parallel.expert > 1) {
    widen(0.1, say`model parallel splits are modelled roughly`);
  }
  if (spec.stage === 'ppo' || (spec.stage === 'gkd' && spec.trainer !== 'trl')) {
    widen(0.1, say`${spec.stage} keeps more models than this estimate follows in detail`);
  }
  if (spec.trainer === 'unsloth')
    widen(
      UNSLOTH_FAST.includes(arch.modelType) ? 0.06 : 0.2,
      say`Unsloth's kernels are taken to keep what Liger's do`,
    );
  if (spec.batching === 'padded') widen(0.02, say`lengths inside a batch are not known`);
  if (spec.attention === 'other' || spec.attention === 'flex_attention') {
    widen(0.03, say`the attention kernel was not measured`);
  }
  return found;
}

/** What the estimate takes for granted, in sentences for the user. */
export function assumptionsOf(spec: EstimateSpec): readonly Message[] {
  const list: Message[] = [
    say`transformers 5, torch 2.11, one process on the GPU, nothing else running there`,
  ];
  const { promptAlone, completionTokens } = spec.rollout;
  const length = spec.sequenceLength + (promptAlone ? completionTokens : 0);
  list.push(say`the longest batch holds ${spec.microBatch} x ${length} tokens`);
  if (spec.attention === 'sdpa') {
    list.push(say`torch's SDPA takes its flash kernel when no mask is passed`);
  }
  if (spec.parallel.world > 1) list.push(say`what NCCL takes is counted with the CUDA context`);
  if (spec.rollout.generatesHere) list.push(say`completions are sampled in this process`);
  return list;
}
