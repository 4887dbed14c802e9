import type { AnalyzedRun } from '../analysis/analyzed-run.ts';
import { optionAt } from '../analysis/locate.ts';
import type { Analysis } from '../analyze.ts';
import type { WrittenOption } from '../frameworks/options.ts';
import { span } from '../text/span.ts';
import type { Completion } from './completion.ts';
import { keysAt } from './keys.ts';
import { valuesOf } from './values.ts';

export type { Completion } from './completion.ts';

/** Keys that are not written yet, or the values of the key at `offset`. */
export function complete(analysis: Analysis, offset: number): readonly Completion[] {
  const located = optionAt(analysis, offset);
  if (located?.part === 'value') {
    const { value } = located.option.entry;
    return value.kind === 'map' || value.kind === 'list'
      ? keysAt(analysis, offset)
      : valuesOf(located.option, value.span, located.run, analysis);
  }
  const behind = located === undefined ? optionBefore(analysis, offset) : undefined;
  if (behind !== undefined) {
    const found = valuesOf(behind.option, span(offset, offset), behind.run, analysis);
    if (found.length > 0) return found;
  }
  return keysAt(analysis, offset);
}

interface Behind {
  readonly run: AnalyzedRun;
  readonly option: WrittenOption;
}

/** The option on whose empty value the caret stands: `--torch_dtype |`, `bf16: |`. */
function optionBefore(analysis: Analysis, offset: number): Behind | undefined {
  const { text, path } = analysis.file;
  const line = text.lastIndexOf('\n', offset - 1) + 1;
  for (const run of analysis.runs)
    for (const option of run.options.entries) {
      const { keySpan, value } = option.entry;
      if (option.section.file !== path || value.span.end > value.span.start) continue;
      if (keySpan.start < line || keySpan.end >= offset) continue;
      if (/^\s*[:=]?\s*$/.test(text.slice(keySpan.end, offset))) return { run, option };
    }
  return undefined;
}
