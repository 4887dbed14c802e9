import type { Estimate } from './result.ts';
import type { EstimateSpec } from './spec.ts';
import { closedForm } from './terms/closed-form.ts';
import { claimOf } from './vllm.ts';

/** How far over the room the closed form may be for a change to be worth a whole estimate. */
const HOPE = 1.06;

/** A change that saves less than this share is none. */
const WORTH = 0.01;

/** What a whole estimate and the closed form gave for the same run, bytes. */
interface Anchor {
  readonly whole: number;
  readonly closed: number;
}

/**
 * Tells by the closed form which changes of one run leave no hope that it fits. The form is held
 * against whole estimates of the same run. It knows nothing of several GPUs: there a change of what a
 * batch takes saves at most what it saves on one, and every other has to be estimated once.
 */
export class FitScreen {
  private readonly anchors = new Map<string, Anchor>();

  /** `room`: bytes that the card has for the allocator. */
  constructor(private readonly room: number) {}

  /** Takes a whole estimate to hold the form against; the first of its kind counts. */
  learn(spec: EstimateSpec, { peakAllocated }: Estimate): void {
    const key = comparable(spec);
    if (this.anchors.has(key)) return;
    const closed = Math.max(1, closedNeed(spec));
    this.anchors.set(key, { whole: peakAllocated.expected, closed });
  }

  /** Whether a whole estimate of `spec` can be saved. */
  hopeless(spec: EstimateSpec): boolean {
    const anchor = this.anchors.get(comparable(spec));
    if (anchor === undefined) return false;
    const { whole, closed } = anchor;
    const peak = closedNeed(spec);
    const added = isSpread(spec) || spec.vllm !== undefined;
    const expected = added ? whole + peak - closed : (whole * peak) / closed;
    return expected > this.room * HOPE;
  }

  /** Whether `after` takes noticeably less than `before`, or it cannot be told. */
  saves(before: EstimateSpec, after: EstimateSpec): boolean {
    if (comparable(before) !== comparable(after) || before.vllm !== after.vllm) return true;
    return closedNeed(after) < closedNeed(before) * (1 - WORTH);
  }
}

/** The closed form, with what vLLM claims; one that sleeps may claim it while little else is there. */
function closedNeed(spec: EstimateSpec): number {
  const { peak, weights } = closedForm(spec);
  const { vllm } = spec;
  if (vllm === undefined) return peak;
  const claim = claimOf(vllm);
  const sampling = claim + (vllm.offloadModel ? 0 : weights);
  return vllm.sleeps ? Math.max(peak, sampling) : peak + claim;
}

/** Runs alike in this are held against one estimate. */
function comparable(spec: EstimateSpec): string {
  if (!isSpread(spec)) return '';
  const { method, optimizer, quantization, adapter, parallel } = spec;
  return JSON.stringify([method, optimizer, quantization, adapter, parallel.zeroStage]);
}

function isSpread({ parallel }: EstimateSpec): boolean {
  const { world, engine, tensor, pipeline, sequence, expert } = parallel;
  return engine !== 'none' || world * tensor * pipeline * sequence * expert > 1;
}
