import { bytes } from '../run/units.ts';
import { isFsdp } from './engine.ts';
import type { Component, ComponentShare, TimelineSample } from './result.ts';
import type { EstimateSpec } from './spec.ts';

/** The op at the start of a forward pass, and at the end of the backward pass. */
export const EMBEDDING = 'embed_tokens';

/** Bytes of one component. */
export function bytesOf(shares: readonly ComponentShare[], component: Component): number {
  return shares.find((share) => share.component === component)?.bytes ?? 0;
}

/** Whether the sample is the end of a backward pass. */
export function endsBackward({ phase, op }: TimelineSample): boolean {
  return phase === 'backward' && op === EMBEDDING;
}

/** The op whose gradient is the first where the head has weights of its own. */
const HEAD = 'lm_head';

/** Whether the sample is in the backward pass of something that trains. */
export function findsGradients({ phase, op }: TimelineSample): boolean {
  return phase === 'backward' && (op === HEAD || op.startsWith('layers'));
}

/**
 * The moments of `timeline`, and some more: the end of a backward pass, where all gradients are there, the
 * gradients of the logits, those of the last layer (`first`), with DeepSpeed of a head, and with FSDP the
 * start of a forward pass. Of each phase only the highest moment is kept, and where states are divided it may
 * be another one.
 */
export function withOthers(
  timeline: readonly TimelineSample[],
  spec: EstimateSpec,
  first: readonly TimelineSample[],
): readonly TimelineSample[] {
  const { engine } = spec.parallel;
  if (engine === 'none' || engine === 'megatron') return timeline;
  return timeline.flatMap((sample) => {
    const { phase, step } = sample;
    const loss = timeline.find((one) => one.step === step && one.phase === 'loss');
    if (endsBackward(sample)) return loss ? [logitsBackward(loss, spec)] : [];
    if (phase === 'loss') {
      const last = first.filter((one) => one.step === step);
      if (isFsdp(engine)) return [sample, ...last];
      return [sample, ...headGradient(sample, spec), ...last.map((one) => waiting(one, spec))];
    }
    if (phase === 'forward' && isFsdp(engine)) return [firstForward(sample), sample];
    return phase === 'optimizer' ? [lastBackward(sample, loss), sample] : [sample];
  });
}

/**
 * The last layer's backward under ZeRO: what a tied head found waits for the embedding's, other gradients
 * are in the bucket already, which is there by now (stage_1_and_2.py, `process_gradients`).
 */
function waiting(sample: TimelineSample, spec: EstimateSpec): TimelineSample {
  const { arch, gradientAccumulation, parallel } = spec;
  if (gradientAccumulation > 1 || parallel.zeroStage < 2) return sample;
  const gradients = bytesOf(sample.components, 'gradients');
  const kept = arch.tieWordEmbeddings ? gradients : 0;
  const components = sample.components.filter(
    ({ component }) => component !== 'gradients' && component !== 'buffers',
  );
  const buffers = bytes(bytesOf(sample.components, 'buffers') + kept);
  return { ...sample, components: [...components, { component: 'buffers', bytes: buffers }] };
}

/** The gradient of a head of its own, when the logits are gone. */
function headGradient(loss: TimelineSample, spec: EstimateSpec): readonly TimelineSample[] {
  const { arch, adapter, method } = spec;
  if (arch.tieWordEmbeddings || adapter !== null || method === 'freeze') return [];
  const kept = loss.components.filter(({ component }) => component !== 'logits');
  const own = bytes(2 * arch.vocabSize * arch.hiddenSize + bytesOf(kept, 'buffers'));
  const rest = kept.filter(({ component }) => component !== 'buffers');
  const components = [...rest, { component: 'buffers' as const, bytes: own }];
  return [{ ...loss, phase: 'backward', op: HEAD, components }];
}

/** The start of a forward pass, where the embedding is gathered and no activation is there yet. */
function firstForward(forward: TimelineSample): TimelineSample {
  const components = forward.components.filter(
    ({ component }) => component !== 'activations' && component !== 'logits',
  );
  return { ...forward, op: EMBEDDING, components };
}

/** Gradients of the logits in 16 bit, beside what the loss holds. */
function logitsBackward(loss: TimelineSample, spec: EstimateSpec): TimelineSample {
  const { arch, microBatch, sequenceLength, lossKernel } = spec;
  const more = lossKernel === 'full' ? 2 * microBatch * sequenceLength * arch.vocabSize : 0;
  const components = loss.components.map((share) =>
    share.component === 'logits' ? { ...share, bytes: bytes(share.bytes + more) } : share,
  );
  return { ...loss, phase: 'backward', components };
}

/** What the optimizer finds, with the workspace of matrix products in place of its own. */
function lastBackward(optimizer: TimelineSample, loss: TimelineSample | undefined): TimelineSample {
  const most = bytesOf(loss?.components ?? [], 'workspace');
  const components = optimizer.components.map((share) =>
    share.component === 'workspace' && share.bytes > most
      ? { ...share, bytes: bytes(most) }
      : share,
  );
  return { ...optimizer, phase: 'backward', op: EMBEDDING, components };
}
