import { bnbFloat32Compute } from './adapters/bnb-float32-compute.ts';
import { quantBitsWithoutMethod } from './adapters/quant-bits-without-method.ts';
import { quantizedFullTraining } from './adapters/quantized-full-training.ts';
import { templateOfAnotherModel } from './data/template-of-another-model.ts';
import { fusedAdamUnderShardedScaler } from './distributed/fused-adam-under-sharded-scaler.ts';
import { halfPrecisionReduce } from './distributed/half-precision-reduce.ts';
import { bf16UnsupportedGpu } from './hardware/bf16-unsupported-gpu.ts';
import { flashAttentionUnsupported } from './hardware/flash-attention-unsupported.ts';
import { fp8UnsupportedGpu } from './hardware/fp8-unsupported-gpu.ts';
import { quantizationUnsupportedGpu } from './hardware/quantization-unsupported-gpu.ts';
import { tf32UnsupportedGpu } from './hardware/tf32-unsupported-gpu.ts';
import { unknownGpu } from './hardware/unknown-gpu.ts';
import { keyRules } from './keys/key-rules.ts';
import { frameworkError } from './logs/framework-error.ts';
import { gradNormSpike } from './logs/grad-norm-spike.ts';
import { lossScaleCollapse } from './logs/loss-scale-collapse.ts';
import { nanGradNorm } from './logs/nan-grad-norm.ts';
import { nanLoss } from './logs/nan-loss.ts';
import { outOfMemory } from './logs/out-of-memory.ts';
import { throughputDrop } from './logs/throughput-drop.ts';
import { zeroLoss } from './logs/zero-loss.ts';
import { doesNotFit } from './memory/does-not-fit.ts';
import { evaluationDoesNotFit } from './memory/evaluation-does-not-fit.ts';
import { unknownModel } from './memory/unknown-model.ts';
import { weightsExceedGpu } from './memory/weights-exceed-gpu.ts';
import { adamBeta2NeverDecays } from './numerics/adam-beta2-never-decays.ts';
import { adamEpsilonUnderflows } from './numerics/adam-epsilon-underflows.ts';
import { bf16EagerAttention } from './numerics/bf16-eager-attention.ts';
import { bf16GradientsUnderScaler } from './numerics/bf16-gradients-under-scaler.ts';
import { bf16OnFp16Model } from './numerics/bf16-on-fp16-model.ts';
import { bf16ReportedFailures } from './numerics/bf16-reported-failures.ts';
import { bf16UpdatesLost } from './numerics/bf16-updates-lost.ts';
import { float32MeansFp16 } from './numerics/float32-means-fp16.ts';
import { fp8E4m3Gradients } from './numerics/fp8-e4m3-gradients.ts';
import { fp8WithoutCompile } from './numerics/fp8-without-compile.ts';
import { fp16AdamStates } from './numerics/fp16-adam-states.ts';
import { fp16AndBf16 } from './numerics/fp16-and-bf16.ts';
import { fp16AndBf16Eval } from './numerics/fp16-and-bf16-eval.ts';
import { fp16EagerAttention } from './numerics/fp16-eager-attention.ts';
import { fp16OnBf16Model } from './numerics/fp16-on-bf16-model.ts';
import { fp16OnCpu } from './numerics/fp16-on-cpu.ts';
import { fp16OverflowsModel } from './numerics/fp16-overflows-model.ts';
import { fp16QuantizedCheckpoint } from './numerics/fp16-quantized-checkpoint.ts';
import { fp16ReportedFailures } from './numerics/fp16-reported-failures.ts';
import { fp16TrainableWeights } from './numerics/fp16-trainable-weights.ts';
import { fp16WithoutClipping } from './numerics/fp16-without-clipping.ts';
import { fp16WithoutLossScaling } from './numerics/fp16-without-loss-scaling.ts';
import { fp32WithoutTf32 } from './numerics/fp32-without-tf32.ts';
import { halfPrecisionPositions } from './numerics/half-precision-positions.ts';
import { rolloutDtypeDiffers } from './numerics/rollout-dtype-differs.ts';
import { sdpaPackingBf16 } from './numerics/sdpa-packing-bf16.ts';
import { softcapIgnored } from './numerics/softcap-ignored.ts';
import { staticLossScale } from './numerics/static-loss-scale.ts';
import { weightDecayLost } from './numerics/weight-decay-lost.ts';
import type { Rule } from './rule.ts';
import { maxLengthOverContext } from './schedule/max-length-over-context.ts';
import { cutOffCommand } from './syntax/cut-off-command.ts';
import { typographicCharacter } from './syntax/typographic-character.ts';
import { unexportedVariable } from './syntax/unexported-variable.ts';
import { windowsLineEnds } from './syntax/windows-line-ends.ts';

/** Every rule, by group and then by name. */
export const rules: readonly Rule[] = [
  ...keyRules,
  cutOffCommand,
  unexportedVariable,
  windowsLineEnds,
  typographicCharacter,
  adamBeta2NeverDecays,
  adamEpsilonUnderflows,
  bf16EagerAttention,
  bf16GradientsUnderScaler,
  bf16OnFp16Model,
  bf16ReportedFailures,
  bf16UpdatesLost,
  float32MeansFp16,
  fp16AdamStates,
  fp16AndBf16Eval,
  fp16AndBf16,
  fp16EagerAttention,
  fp16OnBf16Model,
  fp16OnCpu,
  fp16OverflowsModel,
  fp16QuantizedCheckpoint,
  fp16ReportedFailures,
  fp16TrainableWeights,
  fp16WithoutClipping,
  fp16WithoutLossScaling,
  fp32WithoutTf32,
  fp8E4m3Gradients,
  fp8WithoutCompile,
  halfPrecisionPositions,
  rolloutDtypeDiffers,
  sdpaPackingBf16,
  softcapIgnored,
  staticLossScale,
  weightDecayLost,
  doesNotFit,
  evaluationDoesNotFit,
  unknownModel,
  weightsExceedGpu,
  bf16UnsupportedGpu,
  flashAttentionUnsupported,
  fp8UnsupportedGpu,
  quantizationUnsupportedGpu,
  tf32UnsupportedGpu,
  unknownGpu,
  maxLengthOverContext,
  templateOfAnotherModel,
  bnbFloat32Compute,
  quantBitsWithoutMethod,
  quantizedFullTraining,
  fusedAdamUnderShardedScaler,
  halfPrecisionReduce,
  frameworkError,
  gradNormSpike,
  lossScaleCollapse,
  nanGradNorm,
  nanLoss,
  outOfMemory,
  throughputDrop,
  zeroLoss,
];
