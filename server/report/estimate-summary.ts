import type { Estimate, Interval } from '../../src-core/estimate/result.ts';
import { english } from '../../src-core/text/message.ts';

/** The memory of one GPU, as JSON; bytes everywhere. `docs/json-output.md` documents it. */
export interface EstimateSummary {
  readonly version: 1;
  readonly unit: 'bytes';
  /** What nvidia-smi shows: reserved plus the CUDA context. */
  readonly device: Interval;
  readonly peakAllocated: Interval;
  readonly peakReserved: Interval;
  readonly context: number;
  /** What is allocated at the peak, largest first. */
  readonly components: readonly { readonly name: string; readonly bytes: number }[];
  readonly peak: { readonly phase: string; readonly op: string };
  readonly totalParams: number;
  readonly trainableParams: number;
  readonly assumptions: readonly string[];
}

/** Sums an estimate up. Bytes are whole numbers. */
export function estimateSummary(estimate: Estimate): EstimateSummary {
  return {
    version: 1,
    unit: 'bytes',
    device: whole(estimate.device),
    peakAllocated: whole(estimate.peakAllocated),
    peakReserved: whole(estimate.peakReserved),
    context: Math.round(estimate.context),
    components: estimate.components.map(({ component, bytes }) => ({
      name: component,
      bytes: Math.round(bytes),
    })),
    peak: { phase: estimate.peakPhase, op: estimate.peakOp },
    totalParams: estimate.totalParams,
    trainableParams: estimate.trainableParams,
    assumptions: estimate.assumptions.map(english),
  };
}

function whole({ low, expected, high }: Interval): Interval {
  const round = <T extends number>(n: T) => Math.round(n) as T;
  return { low: round(low), expected: round(expected), high: round(high) };
}
