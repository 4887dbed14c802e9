import type { Message } from '../text/message.ts';
import type { Span } from '../text/span.ts';

/** A number of the log and where it stands. `NaN` and infinities are values like any other. */
export interface LoggedValue {
  readonly value: number;
  readonly span: Span;
}

/** One line of metrics: a dict of the Trainer, a line of torchtune or Megatron. */
export interface LogEntry {
  readonly span: Span;
  /** `train`: a loss of training steps; `eval`: of an evaluation; `summary`: of the whole run. */
  readonly kind: 'train' | 'eval' | 'summary';
  readonly loss?: LoggedValue;
  readonly gradNorm?: LoggedValue;
  readonly learningRate?: LoggedValue;
  readonly epoch?: LoggedValue;
  /** Optimizer steps done: from the entry, else from the progress bar in front of it. */
  readonly step?: LoggedValue;
  /** Device memory of the process, GiB. */
  readonly memory?: LoggedValue;
  readonly lossScale?: LoggedValue;
  /** Seconds since the run began. */
  readonly elapsed?: LoggedValue;
  /** Seconds of one step, measured around this entry alone. */
  readonly secondsPerStep?: LoggedValue;
  /** Training tokens per second, measured around this entry alone. */
  readonly tokensPerSecond?: LoggedValue;
  /** Rewards stand beside the loss: the loss of preference training may rightly be 0. */
  readonly rewards: boolean;
}

/** A step that the loss scaler skipped, and the scales before and after; `to` equals `from` while it waits. */
export interface SkippedStep {
  readonly span: Span;
  readonly from: number;
  readonly to: number;
}

/** A device that ran out of memory. Sizes in bytes, as the allocator printed them. */
export interface OutOfMemory {
  readonly span: Span;
  readonly asked?: number;
  readonly capacity?: number;
  readonly allocated?: number;
  readonly free?: number;
}

/** A line by which a framework refuses a config, and the rule that says so beforehand. */
export interface ErrorLine {
  readonly span: Span;
  readonly rule: string;
  readonly says: Message;
}

/** One training run of a log: restarts begin a new one. Everything is in order of place. */
export interface LoggedRun {
  readonly entries: readonly LogEntry[];
  readonly skipped: readonly SkippedStep[];
  /** DeepSpeed gave up, its scale being at the minimum. */
  readonly atMinimum: readonly Span[];
  readonly outOfMemory: readonly OutOfMemory[];
  readonly errors: readonly ErrorLine[];
}

/** What a log says. */
export interface TrainingLog {
  readonly path: string;
  readonly runs: readonly LoggedRun[];
  /** Lines that may be the command that started it, as written, for adapters to recognise. */
  readonly commands: readonly Span[];
}
