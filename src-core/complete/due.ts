import type { AnalyzedRun } from '../analysis/analyzed-run.ts';
import type { Analysis } from '../analyze.ts';
import type { WrittenOption } from '../frameworks/options.ts';

/** An option behind whose key the caret stands. */
export interface Due {
  readonly run: AnalyzedRun;
  readonly option: WrittenOption;
}

/** What may stand between a flag and its value. */
const BLANK = /^(?:[ \t]|\\\r?\n)+$/;

/** The option whose value would stand at `offset`: `--torch_dtype |`, `bf16: |`. */
export function optionBefore(analysis: Analysis, offset: number): Due | undefined {
  const { text, path } = analysis.file;
  const line = text.lastIndexOf('\n', offset - 1) + 1;
  for (const run of analysis.runs)
    for (const option of run.options.entries) {
      const { keySpan, value } = option.entry;
      if (option.section.file !== path || keySpan.end > offset) continue;
      if (value.span.end > value.span.start && value.span.start < offset) continue;
      const between = text.slice(keySpan.end, offset);
      const command = option.section.unit.kind === 'command';
      if (command ? BLANK.test(between) || between === '=' : isOnLine(between, keySpan.start, line))
        return { run, option };
    }
  return undefined;
}

function isOnLine(between: string, start: number, line: number): boolean {
  return start >= line && between !== '' && /^\s*(?:[:=]\s*)?$/.test(between);
}

/** Whether a value stands behind the caret already. */
export function hasWordBehind({ entry: { value } }: WrittenOption, offset: number): boolean {
  return value.span.end > value.span.start && value.span.start >= offset;
}

/**
 * Whether a value has to follow the key. transformers' parser takes a boolean without one
 * (hf_argparser.py, `nargs="?"`); an option that is not known may be one of either kind.
 */
export function valueNeed({ section, resolved }: WrittenOption): 'none' | 'maybe' | 'needed' {
  if (section.unit.kind !== 'command' || section.style === 'overrides') return 'needed';
  if (resolved.kind === 'unknown') return 'maybe';
  if (resolved.kind !== 'key') return 'needed';
  const { spec, negated } = resolved;
  if (spec.flag === true || negated) return 'none';
  const names = section.spelled?.(spec);
  if (names !== undefined) return names.every(({ bare }) => bare) ? 'none' : 'needed';
  return spec.kinds[0] === 'bool' && section.scope.names !== 'exact' ? 'maybe' : 'needed';
}

/** Whether several words may follow the key. */
export function takesSeveral({ resolved }: WrittenOption): boolean {
  return (
    resolved.kind !== 'key' || resolved.spec.kinds.some((kind) => kind === 'list' || kind === 'any')
  );
}
