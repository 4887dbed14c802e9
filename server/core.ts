import type { Analysis, AnalyzeInput } from '../src-core/analyze.ts';
import type { GpuRecord } from '../src-core/facts/gpu.ts';
import type { TextEdit } from '../src-core/text/edit.ts';
import type { Span } from '../src-core/text/span.ts';

export type { Analysis, AnalyzeInput } from '../src-core/analyze.ts';

/** One proposal of the completion. */
export interface Completion {
  readonly label: string;
  readonly kind: 'key' | 'value';
  readonly detail?: string;
  /** Markdown. */
  readonly documentation?: string;
  readonly edit: TextEdit;
  readonly sortText?: string;
}

/** What is said about one place. */
export interface HoverText {
  readonly span: Span;
  readonly markdown: string;
}

/** The part of the core that the server calls; a test hands in its own. */
export interface Core {
  analyze(input: AnalyzeInput): Analysis;
  isTrainingConfig(text: string): boolean;
  hover(analysis: Analysis, offset: number): HoverText | undefined;
  complete(analysis: Analysis, offset: number): readonly Completion[];
  /** Every card of the table. */
  listGpus(): readonly GpuRecord[];
}
