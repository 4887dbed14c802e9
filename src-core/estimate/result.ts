import type { Bytes } from '../run/units.ts';
import type { Message } from '../text/message.ts';

/** What a byte at the peak belongs to. */
export const COMPONENTS = [
  'weights',
  'adapters',
  'gradients',
  'optimizer states',
  'master weights',
  'reference model',
  'weight copies',
  'activations',
  'logits',
  'kv cache',
  'buffers',
  'workspace',
  'vLLM',
  'other models',
] as const;

export type Component = (typeof COMPONENTS)[number];

/** Where in a training step something happens. */
export const PHASES = [
  'load',
  'generate',
  'forward',
  'loss',
  'backward',
  'optimizer',
  'evaluation',
] as const;

export type Phase = (typeof PHASES)[number];

/** A number of bytes with the range it lies in. */
export interface Interval {
  readonly low: Bytes;
  readonly expected: Bytes;
  readonly high: Bytes;
}

/** What one component holds. */
export interface ComponentShare {
  readonly component: Component;
  readonly bytes: Bytes;
}

/** A point of the timeline: what is allocated at the highest moment of a phase. */
export interface TimelineSample {
  readonly step: number;
  readonly phase: Phase;
  /** The op at that moment: `layers.0.mlp.down_proj backward`. */
  readonly op: string;
  readonly total: Bytes;
  /** Largest first; components that hold nothing are left out. */
  readonly components: readonly ComponentShare[];
}

/** Something outside the model, and how far it widens the interval (0.05: 5 % up and down). */
export interface Widening {
  readonly why: Message;
  readonly by: number;
}

/** What vLLM asks of a card when it starts in a training process, at least. */
export interface VllmStart {
  /** What it claims. */
  readonly claim: Bytes;
  /** Its own weights, which have to lie within the claim. */
  readonly weights: Bytes;
  /** What trains and is there by then. */
  readonly held: Bytes;
}

/** What a training run needs on one GPU. */
export interface Estimate {
  /** Largest `torch.cuda.max_memory_allocated`. */
  readonly peakAllocated: Interval;
  /** What the caching allocator holds at most. */
  readonly peakReserved: Interval;
  /** Reserved plus the CUDA context: what nvidia-smi shows. */
  readonly device: Interval;
  /** Bytes of the context, outside the allocator. */
  readonly context: Bytes;
  /** What is allocated at the peak, largest first. */
  readonly components: readonly ComponentShare[];
  readonly peakPhase: Phase;
  readonly peakOp: string;
  readonly timeline: readonly TimelineSample[];
  /** The same peak by closed formulas: an independent check. */
  readonly closedForm: Bytes;
  readonly totalParams: number;
  readonly trainableParams: number;
  /** What was taken for granted, in sentences for the user. */
  readonly assumptions: readonly Message[];
  readonly widened: readonly Widening[];
  /** Only where vLLM samples in the training processes, and what it claims is known. */
  readonly start?: VllmStart;
}
