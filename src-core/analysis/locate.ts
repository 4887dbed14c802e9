import type { Analysis } from '../analyze.ts';
import type { WrittenOption } from '../frameworks/options.ts';
import { contains } from '../text/span.ts';
import type { AnalyzedRun } from './analyzed-run.ts';

/** The option under an offset, and the run it belongs to. */
export interface Located {
  readonly run: AnalyzedRun;
  readonly option: WrittenOption;
  readonly part: 'key' | 'value';
}

/** The innermost entry whose key or value holds `offset` of the analysed file, or of another that it reads. */
export function optionAt(
  analysis: Analysis,
  offset: number,
  file = analysis.file.path,
): Located | undefined {
  let best: Located | undefined;
  let width = Number.POSITIVE_INFINITY;
  for (const run of analysis.runs) {
    for (const option of run.options.entries) {
      if (option.section.file !== file) continue;
      const { keySpan, value } = option.entry;
      if (contains(keySpan, offset)) return { run, option, part: 'key' };
      const { start, end } = value.span;
      if (end <= start || end - start >= width || !contains(value.span, offset)) continue;
      best = { run, option, part: 'value' };
      width = end - start;
    }
  }
  return best;
}

/** The run whose command word or first key holds `offset`. */
export function runAt(
  analysis: Analysis,
  offset: number,
  file = analysis.file.path,
): AnalyzedRun | undefined {
  return analysis.runs.find(
    (run) => run.recognized.grip.file === file && contains(run.span, offset),
  );
}
