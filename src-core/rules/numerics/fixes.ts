import type { Estimate } from '../../estimate/result.ts';
import { verdict } from '../../estimate/verdict.ts';
import { type FixIntent, setField } from '../../run/fix-intent.ts';
import { known } from '../../run/sourced.ts';
import type { TrainingRun } from '../../run/training-run.ts';
import { bytes, formatBytes } from '../../run/units.ts';
import { type Message, type Phrase, say } from '../../text/message.ts';
import type { RuleContext } from '../context.ts';

/** Whether the card computes bf16 natively; `undefined` when no card is named. */
export function hasBf16(run: TrainingRun): boolean | undefined {
  const gpu = known(run.gpu);
  return gpu === undefined || gpu === null ? undefined : gpu.bf16 === 'native';
}

/** Training in bf16, unless the card lacks it. */
export function switchToBf16(run: TrainingRun): readonly FixIntent[] {
  if (hasBf16(run) === false) return [];
  return [
    {
      title: say`Train in bfloat16`,
      safety: 'unsafe',
      changes: [setField('precision', 'bf16')],
    },
  ];
}

/** Training in fp32, the way out on cards without bf16; none where that does not fit the card. */
export function switchToFp32(run: TrainingRun, context: RuleContext): readonly FixIntent[] {
  const after = context.estimateWith({
    loadDtype: 'float32',
    trainableDtype: 'float32',
    mixedPrecision: 'none',
  });
  const size = sizeIfFitting(run, after);
  if (size === undefined) return [];
  return [
    {
      title: say`Train in float32${size}`,
      safety: 'suggestion',
      changes: [setField('precision', 'fp32')],
    },
  ];
}

/** fp32 weights under autocast in the half format; none where they do not fit the card. */
export function fp32Weights(run: TrainingRun, context: RuleContext): readonly FixIntent[] {
  const mixedPrecision = run.mixedPrecision.value === 'fp16' ? 'fp16' : 'bf16';
  if (mixedPrecision === 'bf16' && hasBf16(run) === false) return [];
  const after = context.estimateWith({
    loadDtype: 'float32',
    trainableDtype: 'float32',
    mixedPrecision,
  });
  const size = sizeIfFitting(run, after);
  if (size === undefined) return [];
  return [
    {
      title: say`Keep fp32 weights, compute in ${mixedPrecision}${size}`,
      safety: 'unsafe',
      changes: [setField('trainableDtype', 'float32')],
    },
  ];
}

/** The same where the weights that are loaded are those that train, or their adapters follow them. */
export function loadInFp32(run: TrainingRun, context: RuleContext): readonly FixIntent[] {
  return run.quantization.value === null ? fp32Weights(run, context) : [];
}

/** fp16 products under autocast, with a loss scaler. */
export function switchToFp16Autocast(): FixIntent {
  return {
    title: say`Turn fp16 autocast on, with its loss scaler`,
    safety: 'suggestion',
    changes: [setField('fp16Flag', true)],
  };
}

/** `: 12.3 of 24.0 GiB`; empty when card or model is not known, `undefined` when it does not fit. */
function sizeIfFitting(run: TrainingRun, after: Estimate | undefined): Message | undefined {
  if (after === undefined) return '';
  const gpu = known(run.gpu);
  if (!gpu) return say`: ${formatBytes(after.device.expected)}`;
  const { kind } = verdict(after, gpu.memoryBytes);
  if (kind === 'does-not-fit' || kind === 'unlikely') return undefined;
  const held = bytes(Math.min(after.device.expected, gpu.memoryBytes));
  const size = say`: ${formatBytes(held)} of ${formatBytes(bytes(gpu.memoryBytes))}`;
  return kind === 'tight' ? say`${size}, tight` : size;
}

/** Attention that keeps its scores in fp32. */
export function switchToSdpa(): FixIntent {
  return {
    title: say`Use sdpa attention`,
    safety: 'suggestion',
    changes: [setField('attention', 'sdpa')],
  };
}

/** Attention step by step, which every card runs. */
export function switchToEager(): FixIntent {
  return {
    title: say`Use eager attention`,
    safety: 'suggestion',
    changes: [setField('attention', 'eager')],
  };
}

/** FlashAttention-2, unless the card lacks it. */
export function switchToFlash2(run: TrainingRun, title: Phrase): readonly FixIntent[] {
  if (known(run.gpu)?.flashAttention2 === false) return [];
  return [{ title, safety: 'suggestion', changes: [setField('attention', 'flash_attention_2')] }];
}

/** How messages call the model: its id without the owner. */
export function modelName(run: TrainingRun): string {
  const model = known(run.model);
  const id = model?.record?.id ?? model?.text ?? 'this model';
  return id.slice(id.lastIndexOf('/') + 1);
}
