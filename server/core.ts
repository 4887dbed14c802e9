import type { Finding } from '../src-core/finding.ts';
import type { Rule } from '../src-core/rules/rule.ts';
import type { Settings } from '../src-core/settings.ts';
import type { TextEdit } from '../src-core/text/edit.ts';
import type { Language, SourceFile } from '../src-core/text/source-file.ts';
import type { Span } from '../src-core/text/span.ts';

/** What the server needs of an analysis. */
export interface Analysis {
  readonly framework: string | null;
  readonly findings: readonly Finding[];
  /** Paths, as the config writes them, whose text would make the analysis better. */
  readonly wanted: readonly string[];
}

/** What one analysis is about. */
export interface AnalysisInput {
  readonly file: SourceFile;
  readonly settings: Settings;
  /** Text of related files, by the path that `wanted` gave. */
  readonly files?: ReadonlyMap<string, string>;
}

/** One proposal of the completion. */
export interface Completion {
  readonly label: string;
  readonly kind: 'key' | 'value';
  readonly detail?: string;
  readonly documentation?: string;
  readonly edit: TextEdit;
  readonly sortText?: string;
}

/** The part of the core that the server calls; a test hands in its own. */
export interface Core<A extends Analysis = Analysis> {
  analyze(input: AnalysisInput): A;
  isTrainingConfig(text: string, language: Language): boolean;
  hover(
    analysis: A,
    offset: number,
  ): { readonly span: Span; readonly markdown: string } | undefined;
  complete(analysis: A, offset: number): readonly Completion[];
  readonly rules: readonly Rule[];
}
