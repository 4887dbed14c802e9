import { quantBitsWithoutMethod } from './adapters/quant-bits-without-method.ts';
import { quantizedFullTraining } from './adapters/quantized-full-training.ts';
import { bf16UnsupportedGpu } from './hardware/bf16-unsupported-gpu.ts';
import { flashAttentionUnsupported } from './hardware/flash-attention-unsupported.ts';
import { unknownGpu } from './hardware/unknown-gpu.ts';
import { keyRules } from './keys/key-rules.ts';
import { doesNotFit } from './memory/does-not-fit.ts';
import { unknownModel } from './memory/unknown-model.ts';
import { weightsExceedGpu } from './memory/weights-exceed-gpu.ts';
import { bf16EagerAttention } from './numerics/bf16-eager-attention.ts';
import { float32MeansFp16 } from './numerics/float32-means-fp16.ts';
import { fp16AndBf16 } from './numerics/fp16-and-bf16.ts';
import { fp16OnBf16Model } from './numerics/fp16-on-bf16-model.ts';
import { fp16OverflowsModel } from './numerics/fp16-overflows-model.ts';
import { fp16TrainableWeights } from './numerics/fp16-trainable-weights.ts';
import type { Rule } from './rule.ts';
import { maxLengthOverContext } from './schedule/max-length-over-context.ts';

/** Every rule, by group and then by name. */
export const rules: readonly Rule[] = [
  ...keyRules,
  bf16EagerAttention,
  float32MeansFp16,
  fp16AndBf16,
  fp16OnBf16Model,
  fp16OverflowsModel,
  fp16TrainableWeights,
  doesNotFit,
  unknownModel,
  weightsExceedGpu,
  bf16UnsupportedGpu,
  flashAttentionUnsupported,
  unknownGpu,
  maxLengthOverContext,
  quantBitsWithoutMethod,
  quantizedFullTraining,
];
