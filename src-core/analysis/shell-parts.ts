import type { Analysis, AnalyzeInput } from '../analyze.ts';
import type { Fix } from '../finding.ts';
import { candidates } from '../frameworks/registry.ts';
import { unexportedVariable } from '../rules/syntax/unexported-variable.ts';
import { windowsLineEnds } from '../rules/syntax/windows-line-ends.ts';
import { hasHole } from '../syntax/magics.ts';
import type { ShellPart } from '../syntax/shell-part.ts';
import type { TextEdit } from '../text/edit.ts';

/** The analyses of the commands that a YAML file for jobs, or a Python program, starts, which point into the same file. */
export function analyzeScripts(
  input: AnalyzeInput,
  parts: readonly ShellPart[],
  analyzeText: (input: AnalyzeInput) => Analysis,
): readonly Analysis[] {
  return parts.flatMap((part) => {
    if (candidates(part.text).length === 0) return [];
    const { previous: _, ...rest } = input;
    const file = { ...input.file, language: 'shell', text: part.text } as const;
    const found = analyzeText({ ...rest, file });
    return found.runs.length === 0
      ? []
      : { ...found, findings: writable(found, part, input.file.text) };
  });
}

/** The findings with the fixes that leave the file what it is. */
function writable(
  { findings }: Analysis,
  { edits: how }: ShellPart,
  source: string,
): Analysis['findings'] {
  const others: readonly string[] = [windowsLineEnds.id, unexportedVariable.id];
  const isKept = ({ span, text }: TextEdit): boolean =>
    !hasHole(text) &&
    (how === 'all' ||
      (how === 'words' && /^[\w ./=-]*$/.test(text)) ||
      (how === 'item' &&
        /^[\w./=-]+$/.test(text) &&
        /^[\w./=-]+$/.test(source.slice(span.start, span.end))));
  const isWritable = ({ files }: Fix): boolean => files.every(({ edits }) => edits.every(isKept));
  return findings
    .filter(({ rule }) => how === 'all' || !others.includes(rule))
    .map((one) => ({ ...one, fixes: one.fixes.filter(isWritable) }));
}
