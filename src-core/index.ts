export type { AnalyzedRun } from './analysis/analyzed-run.ts';
export { isAboutFit, type ShownFit, shownFit } from './analysis/shown-fit.ts';
export { smallestCards, withMemory } from './analysis/smallest-cards.ts';
export {
  type Analysis,
  type AnalyzeInput,
  analyze,
  isTrainingConfig,
  isTrainingFile,
} from './analyze.ts';
export { type Completion, type Completions, complete } from './complete/complete.ts';
export { keepPlayed, type PlayedStore } from './estimate/kept.ts';
export type { Component, Estimate, Interval } from './estimate/result.ts';
export { type Verdict, verdict } from './estimate/verdict.ts';
export * from './facts/lookup.ts';
export type { FileEdits, Finding, Fix, RelatedPlace } from './finding.ts';
export { type Hover, hover } from './hover/hover.ts';
export { runLine } from './hover/run-card.ts';
export { rules } from './rules/index.ts';
export type { Rule } from './rules/rule.ts';
export { formatBytes, formatCount, formatParams } from './run/units.ts';
export type { Settings } from './settings.ts';
export { applyEdits } from './text/edit.ts';
export { type Language, languageOf, lineIndex, type SourceFile } from './text/source-file.ts';
export { type Span, span } from './text/span.ts';
