import { type Analysis, analyze } from '../analyze.ts';
import { type KeyPlace, wordAt } from './places.ts';

/**
 * Where a new key could stand in YAML: the mapping that a key at `offset` would belong to, which what is
 * written need not show: `fsdp_config:` with nothing in it yet.
 */
export function yamlKeyPlace(analysis: Analysis, offset: number): KeyPlace | undefined {
  const { file, basis } = analysis;
  const { text, path } = file;
  const word = wordAt(text, offset, /[\w-]/);
  const { start, end } = word;
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start);
  if (basis === undefined || !/^ *(?:- +)*$/.test(line)) return undefined;
  const key = start === end ? '_' : text.slice(start, end);
  const rest = text.slice(end);
  const separator = /^[ \t]*:/.test(rest) ? '' : ':';
  const begun = analyze({
    file: { ...file, text: text.slice(0, start) + key + separator + rest },
    settings: basis.settings,
    ...(basis.files && { files: basis.files }),
    effort: 'typing',
  });
  const { fault } = begun.document ?? {};
  if (fault !== undefined && fault.span.start <= start + key.length + 1) return undefined;
  for (const run of begun.runs)
    for (const section of run.recognized.sections)
      if (section.file === path && section.entries.some((one) => one.keySpan.start === start))
        return { run, section, word };
  return undefined;
}
