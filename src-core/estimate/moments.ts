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

/**
 * The moments of `timeline`, and some more: the end of a backward pass, where all gradients are there, the
 * gradients of the logits, and with FSDP the start of a forward pass. Of each phase only the highest
 * moment is kept, and where states are divided it may be another one.
 */
export function withOthers(
  timeline: readonly TimelineSample[],
  spec: EstimateSpec,
): readonly TimelineSample[] {
  const { engine } = spec.parallel;
  if (engine === 'none' || engine === 'megatron') return timeline;
  return timeline.flatMap((sample) => {
    const { phase, step } = sample;
    const loss = timeline.find((one) => one.step === step && one.phase === 'loss');
    if (endsBackward(sample)) return loss ? [logitsBackward(loss, spec)] : [];
    if (phase === 'forward' && isFsdp(engine)) return [firstForward(sample), sample];
    return phase === 'optimizer' ? [lastBackward(sample, loss), sample] : [sample];
  });
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
