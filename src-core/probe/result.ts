import type { Site } from '../facts/activations/activations.ts';
import type { Message } from '../text/message.ts';
import type { FloatFormat } from './formats.ts';

/**
 * `overflow`: a published or reported magnitude does not fit the format. `near`: it takes a quarter
 * of the range or more. `fine`: it takes less. `unknown`: nothing is published.
 * None of them says what a training run will do: data, tokens and fine-tuning move magnitudes.
 */
export type Verdict = 'overflow' | 'near' | 'fine' | 'unknown';

/** What the verdict rests on, with its source. */
export interface Basis {
  /** `measured`: this model; `reported`: a failure described by others; `family`: its siblings. */
  readonly kind: 'measured' | 'reported' | 'family' | 'none';
  /** The model that was measured or reported. */
  readonly model?: string;
  readonly source?: string;
  /** Whether the siblings have the size of the model asked for. */
  readonly sameSize?: boolean;
}

/** The first operation, in order of execution, whose output the format cannot hold. */
export interface FirstOverflow {
  readonly op: string;
  /** Decoder layer from 0; absent outside the layers or where no source names one. */
  readonly layer?: number;
  /** The magnitude that does not fit; absent where none is published. */
  readonly value?: number;
  readonly limit: number;
  readonly direction: 'forward' | 'backward';
}

/** One operation of the emulated step. */
export interface OpRange {
  readonly op: string;
  readonly layer: number | undefined;
  readonly direction: 'forward' | 'backward';
  /** Largest magnitude before rounding; past the limit it is what a format without one would hold. */
  readonly max: number;
  /** Doublings left before the limit; negative past it. */
  readonly headroomBits: number;
  /** Share of values, not zero before rounding, that became zero; absent for figures alone. */
  readonly flushedShare: number | undefined;
  /** Whether `max` is a published figure; else it follows from weights of unit gain. */
  readonly published: boolean;
}

/** What the probe says about a run. */
export interface ProbeResult {
  readonly verdict: Verdict;
  readonly basis: Basis;
  readonly format: FloatFormat;
  readonly firstOverflow: FirstOverflow | undefined;
  /** In order of execution. Empty when nothing is published to emulate from. */
  readonly perOp: readonly OpRange[];
  /** Sentences that qualify the verdict. */
  readonly notes: readonly Message[];
}

/** The largest published magnitude that speaks for a model. */
export interface MeasuredRange {
  /** The model that was measured: the one asked for, or its sibling. */
  readonly model: string;
  readonly basis: 'measured' | 'family';
  readonly value: number;
  readonly site: Site;
  /** In words: `residual stream of layer 29`. */
  readonly where: Message;
  readonly layer?: number;
  readonly measuredIn: string;
  readonly source: string;
}
