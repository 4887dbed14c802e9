import type * as core from '../src-core/index.ts';

export type { Analysis, AnalyzedRun, AnalyzeInput, Completion } from '../src-core/index.ts';

/** The part of the core that the server calls; a test hands in its own. */
export type Core = Pick<
  typeof core,
  | 'analyze'
  | 'complete'
  | 'findGpu'
  | 'hover'
  | 'isTrainingFile'
  | 'keepPlayed'
  | 'listGpus'
  | 'rules'
  | 'runLine'
>;
